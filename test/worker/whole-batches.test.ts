import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectorError, RecordsRefused, type QueueOffset, type SinkRecord } from '../../src/sdk/index.js';
import type { Entry, Refusal } from '../../src/worker/refusal.js';
import { WholeBatches } from '../../src/worker/whole-batches.js';

const queueOf = (queue: number) => ({ topic: 't', broker: 'b', queue });

function entry(queue: number, offset: number): Entry {
  const place = { ...queueOf(queue), offset };
  const body = Buffer.from(`${String(queue)}/${String(offset)}`);
  const rest = { key: undefined, tag: undefined, bornAt: 1, storedAt: 1 };
  const record = { ...place, ...rest, body, value: body, headers: {} };
  const message = {
    ...place,
    ...rest,
    body,
    bodyBytes: body.length,
    id: '',
    properties: {},
    property: () => undefined,
    propertyIs: () => false,
    allProperties: {},
    reconsumeTimes: 0,
  };
  return { message, record, isDone: false };
}

/** A table that takes all of a batch with its offsets, or nothing. */
class Table {
  readonly rows: string[] = [];
  readonly offsets = new Map<number, number>();
  refuse: (row: string) => ConnectorError | null = () => null;
  /** Refuses the batch instead of single records. */
  asWhole = false;

  write(
    records: readonly SinkRecord[],
    _signal: AbortSignal,
    upTo: readonly QueueOffset[] = [],
  ): Promise<void> {
    const refused = records.flatMap((record, index) => {
      const error = this.refuse(record.body.toString());
      return error === null ? [] : [{ index, error }];
    });
    const [first] = refused;
    if (first !== undefined) return Promise.reject(this.asWhole ? first.error : new RecordsRefused(refused));
    this.rows.push(...records.map(({ body }) => body.toString()));
    for (const { queue, offset } of upTo) this.offsets.set(queue, offset);
    return Promise.resolve();
  }
}

const entries = [entry(0, 4), entry(0, 5), entry(1, 9), entry(0, 7), entry(1, 10), entry(1, 12)];
const ends = new Map(
  [
    [0, 20],
    [1, 13],
    [2, 3],
  ].map(([queue = 0, offset = 0]) => [`t/b/${String(queue)}`, { queue: queueOf(queue), offset }]),
);

async function write(table: Table, recordTimeoutMs = 60_000): Promise<{ gone: string[]; passed: boolean }> {
  const gone: string[] = [];
  let passed = false;
  const signal = new AbortController().signal;
  const whole = new WholeBatches({
    task: { write: (...args) => table.write(...args), close: () => Promise.resolve() },
    ownOffset: (queue, offset) =>
      table.offsets.get(queue.queue) === offset ? null : { ...queue, offset, mark: null },
    mayBeSplit: true,
    recordTimeoutMs,
    retry: { backoff: { firstMs: 1, maxMs: 1 }, giveUpAfterMs: Infinity, signal, onRetry: () => undefined },
    cancel: signal,
    pause: () => Promise.resolve(),
    letGo: (refused: readonly Refusal[]) => {
      for (const {
        entry: { message },
      } of refused) {
        // The sink has not been told of anything behind it yet.
        passed ||= (table.offsets.get(message.queue) ?? 0) > message.offset;
        gone.push(message.body.toString());
      }
      return Promise.resolve();
    },
    onWritten: () => undefined,
  });
  await whole.write(entries, ends);
  return { gone, passed };
}

const bad = new ConnectorError('bad_data', 'no');
const rowsWithout = (...gone: string[]): string[] =>
  entries.map(({ message }) => message.body.toString()).filter((row) => !gone.includes(row));
const allDone = new Map([
  [0, 20],
  [1, 13],
  [2, 3],
]);

for (const asWhole of [false, true]) {
  test(`refused ${asWhole ? 'as a batch' : 'one by one'}: let go of before its offset is passed; the rest once`, async () => {
    for (const wrong of [[], ['0/4'], ['1/12'], ['0/5', '1/9', '0/7'], rowsWithout()]) {
      const table = new Table();
      table.asWhole = asWhole;
      table.refuse = (row) => (wrong.includes(row) ? bad : null);
      const { gone, passed } = await write(table);
      assert.deepEqual(gone, wrong);
      assert.equal(passed, false);
      assert.deepEqual(table.rows, rowsWithout(...wrong));
      assert.deepEqual(table.offsets, allDone);
    }
  });
}

test('refused for now: the whole batch is tried again; when time is up, it is let go of', async () => {
  const later = new ConnectorError('unavailable', 'later');
  let refusals = 0;
  const table = new Table();
  table.refuse = (row) => (row === '1/9' && (refusals += 1) < 5 ? later : null);
  assert.deepEqual(await write(table), { gone: [], passed: false });
  assert.deepEqual(table.rows, rowsWithout());
  const never = new Table();
  never.refuse = (row) => (row === '1/9' ? later : null);
  assert.deepEqual(await write(never, 20), { gone: ['1/9'], passed: false });
  assert.deepEqual(never.rows, rowsWithout('1/9'));
  assert.deepEqual(never.offsets, allDone);
});
