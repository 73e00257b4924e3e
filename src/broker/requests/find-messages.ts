import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Broker } from '../broker.js';
import { framesIn, readOwnFrame } from '../storage/stored-frame.js';
import { findProperty } from '../storage/stored-properties.js';
import { requestCode as code, responseCode } from './codes.js';
import { integer, RequestError, text, type Handler } from './request.js';

const atOnce = 512;
/** So many go into one answer, as in RocketMQ (maxMsgsNumBatch); none more once it has so many bytes. */
const mostFound = 64;
const mostFoundBytes = 8 * 1024 * 1024;
const uniqueKey = Buffer.from('UNIQ_KEY');
const keys = Buffer.from('KEYS');

const viewMessage: Handler = (request, broker) => {
  const position = integer(request, 'offset');
  const frame = broker.store.frameAt(position);
  if (frame !== null) return { code: responseCode.ok, body: frame };
  throw new RequestError(responseCode.systemError, `can not find message by the offset, ${position}`);
};

/** By one of its keys, or its unique one. There is no index of keys: the queues are read through. */
const queryMessage: Handler = async (request, broker) => {
  const topic = text(request, 'topic');
  const key = Buffer.from(text(request, 'key'));
  const begin = integer(request, 'beginTimestamp');
  const end = Number(text(request, 'endTimestamp'));
  const found = new Found(Math.min(integer(request, 'maxNum'), mostFound));
  const queues = broker.topics.find(topic)?.readQueueNums ?? 0;
  for (let queueId = 0; queueId < queues && !found.full; queueId++) {
    const from = broker.store.firstStoredSince(topic, queueId, begin);
    const to = broker.store.firstStoredSince(topic, queueId, end + 1);
    await search(broker, { topic, queueId, from, to }, key, found);
  }
  if (found.frames.length === 0) {
    throw new RequestError(responseCode.queryNotFound, 'can not find message, maybe time range not correct');
  }
  const fields = {
    indexLastUpdateTimestamp: String(Date.now()),
    indexLastUpdatePhyoffset: String(broker.store.range.end),
  };
  return { code: responseCode.ok, fields, body: Buffer.concat(found.frames) };
};

class Found {
  readonly frames: Buffer[] = [];
  readonly #most: number;
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get full(): boolean {
    return this.frames.length >= this.#most || this.#bytes >= mostFoundBytes;
  }

  add(frame: Buffer): void {
    // A copy: what was read along with it need not stay in memory.
    this.frames.push(Buffer.from(frame));
    this.#bytes += frame.length;
  }
}

async function search(
  broker: Broker,
  span: { topic: string; queueId: number; from: number; to: number },
  key: Buffer,
  found: Found,
): Promise<void> {
  const { topic, queueId, to } = span;
  for (let offset = span.from; offset < to;) {
    const limits = { messages: Math.min(atOnce, to - offset), bytes: 1024 * 1024, tagsCodes: null };
    const { frames, nextOffset } = broker.store.read(topic, queueId, offset, limits);
    // The topic was deleted, or retention removed these messages, meanwhile.
    if (nextOffset === offset) return;
    offset = nextOffset;
    for (const data of framesIn(frames)) {
      if (!data.includes(key) || !hasKey(data, key)) continue;
      found.add(data);
      if (found.full) return;
    }
    await nextTurn();
  }
}

function hasKey(data: Buffer, key: Buffer): boolean {
  const frame = readOwnFrame(data, false);
  if (frame === null) return false;
  const { propertiesStart, propertiesEnd } = frame;
  const unique = findProperty(data, propertiesStart, propertiesEnd, uniqueKey);
  if (unique !== null && data.subarray(unique.start, unique.end).equals(key)) return true;
  const all = findProperty(data, propertiesStart, propertiesEnd, keys);
  return all !== null && data.toString('utf8', all.start, all.end).split(' ').includes(key.toString());
}

export const findMessageHandlers: readonly (readonly [number, Handler])[] = [
  [code.viewMessage, viewMessage],
  [code.queryMessage, queryMessage],
];
