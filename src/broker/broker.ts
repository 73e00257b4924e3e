import type { BrokerLog } from './broker-log.js';
import type { Clients } from './clients.js';
import type { ConsumerOffsets } from './consumer-offsets.js';
import { newGroup, type GroupConfig, type Groups } from './groups.js';
import type { HeldPulls } from './held-pulls.js';
import type { Meters } from './meter.js';
import type { BrokerMeters } from './broker-meters.js';
import { groupNameProblem, retryPrefix } from './names.js';
import type { QueueLocks } from './queue-locks.js';
import type { Retention, MessageStore } from './storage/message-store.js';
import { newTopic, type TopicConfig, type Topics } from './topics.js';

/** The parts of a running broker; requests work on them. */
export interface Broker {
  readonly cluster: string;
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly startedAt: number;
  readonly retention: Retention;
  readonly log: BrokerLog;
  readonly store: MessageStore;
  readonly topics: Topics;
  readonly groups: Groups;
  readonly offsets: ConsumerOffsets;
  readonly clients: Clients;
  readonly locks: QueueLocks;
  readonly heldPulls: HeldPulls;
  /** The name server's key-value configuration, by namespace and key. Kept in memory only. */
  readonly keyValues: Map<string, Map<string, string>>;
  readonly meters: BrokerMeters;
  /** Messages stored by topic, and pulled by `topic group`. */
  readonly topicMeters: Meters;
  readonly groupMeters: Meters;
}

export function putTopic(broker: Broker, config: TopicConfig): void {
  const made = broker.topics.put(config, broker.store.range.end);
  if (made !== null) broker.store.addTopic(made);
}

export function removeTopic(broker: Broker, topic: string): void {
  if (!broker.topics.remove(topic)) return;
  broker.offsets.forgetTopic(topic);
  broker.store.removeTopic(topic);
}

/** The group, made where there is none, as a broker does that creates groups by itself. */
export function ensureGroup(broker: Broker, name: string): GroupConfig | undefined {
  const known = broker.groups.find(name);
  if (known !== undefined || groupNameProblem(name) !== null) return known;
  const made = newGroup(name);
  broker.groups.put(made);
  return made;
}

/** Where a group's failed messages would go; tools find a group by this topic's route. */
export function ensureRetryTopic(broker: Broker, group: GroupConfig): void {
  const topic = retryPrefix + group.groupName;
  if (broker.topics.find(topic) === undefined)
    putTopic(broker, newTopic(topic, Math.max(1, group.retryQueueNums)));
}
