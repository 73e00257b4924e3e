import type { Broker } from './broker.js';
import type { Appended } from './storage/message-store.js';
import type { IncomingMessages, Origin } from './storage/stored-frame.js';

/** Stores messages, counts them, and has those looked at again who wait for them. */
export function putMessages(broker: Broker, origin: Origin, messages: IncomingMessages): Appended {
  let stored: Appended;
  try {
    stored = broker.store.append(origin, messages);
  } catch (error) {
    broker.meters.putFailures.add(1);
    throw error;
  }
  broker.meters.put.add(messages.count);
  broker.meters.putRequests.add(1);
  broker.meters.putBytes.add(broker.store.range.end - (stored.positions[0] ?? 0));
  broker.topicMeters.add(origin.topic, messages.count);
  broker.heldPulls.arrived(origin.topic, origin.queueId);
  return stored;
}
