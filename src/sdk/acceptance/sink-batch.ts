import assert from 'node:assert/strict';
import type { QueueOffset, SinkRecord } from '../index.js';
import { hangMs } from './session.js';
import { sinkRecord } from './sink-record.js';

export const signal = (): AbortSignal => AbortSignal.timeout(hangMs);

export const record = (queue: number, offset: number): SinkRecord =>
  sinkRecord({ queue, offset, value: Buffer.from(`queue ${queue} record ${offset} é✓`) });

/** Records of the queue from an offset up to before another one. */
export const recordsOf = (queue: number, from: number, to: number): readonly SinkRecord[] =>
  Array.from({ length: to - from }, (_, n) => record(queue, from + n));

/** How far each queue is done with these records, with a mark of its own. */
export function upTo(records: readonly SinkRecord[]): readonly QueueOffset[] {
  const last = new Map(records.map((one) => [one.queue, one]));
  return Array.from(last.values(), ({ topic, broker, queue, offset }) => ({
    topic,
    broker,
    queue,
    offset: offset + 1,
    mark: { before: [offset], of: queue },
  }));
}

/** Every record is there once; those of a queue are in their order. */
export function assertKept(written: readonly string[], records: readonly SinkRecord[]): void {
  const texts = records.map(({ body }) => body.toString());
  assert.deepEqual([...written].sort(), [...texts].sort());
  for (const queue of new Set(records.map((one) => one.queue))) {
    const ofQueue = records.filter((one) => one.queue === queue).map(({ body }) => body.toString());
    const known = new Set(ofQueue);
    assert.deepEqual(
      written.filter((text) => known.has(text)),
      ofQueue,
    );
  }
}
