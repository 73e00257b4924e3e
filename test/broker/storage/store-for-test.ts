import { silentLog, type BrokerLog } from '../../../src/broker/broker-log.js';
import { MessageStore, type MessageStoreOptions } from '../../../src/broker/storage/message-store.js';
import { framesIn, readOwnFrame, type IncomingMessages } from '../../../src/broker/storage/stored-frame.js';
import type { StoredTopic } from '../../../src/broker/storage/topic-indexes.js';

export const oneTopic: StoredTopic = { name: 'topic', id: 1, since: 0 };
const host = Buffer.from([127, 0, 0, 1, 0, 0, 0x30, 0x39]);

export function openStore(
  folder: string,
  options: Partial<MessageStoreOptions> & { topics?: StoredTopic[]; log?: BrokerLog } = {},
): MessageStore {
  const { topics = [oneTopic], log = silentLog, ...more } = options;
  const limits = { segmentBytes: 1_000_000, retention: { maxBytes: 1e9, maxAgeMs: 1e9 } };
  return MessageStore.open(folder, topics, { ...limits, ...more }, log);
}

export function put(
  store: MessageStore,
  queueId: number,
  bodies: readonly string[],
  topic = 'topic',
): number {
  const origin = {
    topic,
    queueId,
    sysFlag: 0,
    bornAt: 1,
    bornHost: host,
    storeHost: host,
    reconsumeTimes: 0,
  };
  return store.append(origin, messagesOf(bodies)).offset;
}

export function messagesOf(bodies: readonly string[], properties = 'TAGS\u0001a\u0002'): IncomingMessages {
  const parts: number[] = [];
  let text = '';
  for (const body of bodies) {
    const start = Buffer.byteLength(text);
    const size = Buffer.byteLength(body);
    parts.push(0, start, size, start + size, Buffer.byteLength(properties));
    text += body + properties;
  }
  return { source: Buffer.from(text), count: bodies.length, parts: Int32Array.from(parts) };
}

/** The bodies of a queue, read with these limits until its end. */
export function bodiesOf(store: MessageStore, queueId: number, from = 0, topic = 'topic'): string[] {
  const bodies: string[] = [];
  for (let offset = from; offset < store.offsets(topic, queueId).max;) {
    const slice = store.read(topic, queueId, offset, { messages: 7, bytes: 2_000, tagsCodes: null });
    if (slice.nextOffset === offset) throw new Error(`nothing at offset ${offset}`);
    bodies.push(...bodiesIn(slice.frames));
    offset = slice.nextOffset;
  }
  return bodies;
}

export function bodiesIn(frames: Buffer): string[] {
  const bodies: string[] = [];
  for (const data of framesIn(frames)) {
    const frame = readOwnFrame(data);
    if (frame === null) throw new Error('a frame is not sound');
    bodies.push(data.toString('utf8', frame.bodyStart, frame.bodyEnd));
  }
  return bodies;
}

export function linesLog(): BrokerLog & { lines: string[] } {
  const lines: string[] = [];
  const add = (line: string): void => {
    lines.push(line);
  };
  return { lines, info: add, warn: add, error: add };
}
