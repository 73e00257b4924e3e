import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Broker } from '../broker.js';
import { readFrame } from '../storage/stored-frame.js';
import { findProperty } from '../storage/tags-code.js';
import { requestCode as code, responseCode } from './codes.js';
import { integer, RequestError, text, type Handler } from './request.js';

const atOnce = 512;
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
  const key = text(request, 'key');
  const span = {
    begin: integer(request, 'beginTimestamp'),
    end: Number(text(request, 'endTimestamp')),
    most: integer(request, 'maxNum'),
  };
  const found: Buffer[] = [];
  const queues = broker.topics.find(topic)?.readQueueNums ?? 0;
  for (let queueId = 0; queueId < queues && found.length < span.most; queueId++) {
    await search(broker, { topic, queueId }, Buffer.from(key), span, found);
  }
  if (found.length === 0) {
    throw new RequestError(responseCode.queryNotFound, 'can not find message, maybe time range not correct');
  }
  const fields = {
    indexLastUpdateTimestamp: String(Date.now()),
    indexLastUpdatePhyoffset: String(broker.store.range.end),
  };
  return { code: responseCode.ok, fields, body: Buffer.concat(found) };
};

async function search(
  broker: Broker,
  queue: { topic: string; queueId: number },
  key: Buffer,
  span: { begin: number; end: number; most: number },
  found: Buffer[],
): Promise<void> {
  const { topic, queueId } = queue;
  let offset = broker.store.firstStoredSince(topic, queueId, span.begin);
  for (;;) {
    const limits = { messages: atOnce, bytes: 1024 * 1024, tagsCodes: null };
    const { frames, nextOffset } = broker.store.read(topic, queueId, offset, limits);
    if (nextOffset === offset) return;
    offset = nextOffset;
    for (let at = 0; at < frames.length;) {
      const size = frames.readUInt32BE(at);
      const bytes = frames.subarray(at, at + size);
      at += size;
      const frame = bytes.includes(key) ? readFrame(bytes, 0, positionOf(bytes), false) : null;
      if (frame === null || !hasKey(bytes, frame.propertiesStart, key)) continue;
      if (frame.storedAt > span.end) return;
      found.push(bytes);
      if (found.length === span.most) return;
    }
    await nextTurn();
  }
}

/** A frame that was read from the store says its own position. */
const positionOf = (frame: Buffer): number => Number(frame.readBigInt64BE(28));

function hasKey(frame: Buffer, propertiesStart: number, key: Buffer): boolean {
  const unique = findProperty(frame, propertiesStart, frame.length, uniqueKey);
  if (unique !== null && frame.subarray(unique.start, unique.end).equals(key)) return true;
  const all = findProperty(frame, propertiesStart, frame.length, keys);
  return (
    all?.start !== undefined && frame.toString('utf8', all.start, all.end).split(' ').includes(key.toString())
  );
}

export const findMessageHandlers: readonly (readonly [number, Handler])[] = [
  [code.viewMessage, viewMessage],
  [code.queryMessage, queryMessage],
];
