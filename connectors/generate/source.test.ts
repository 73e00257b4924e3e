import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject, SourceRecord } from '../../src/sdk/index.js';
import { Pace } from './pace.js';
import { source } from './source.js';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const context = { connector: 'test', baseDir: '.', once: false, log };

async function make(config: JsonObject, tasks = 1): Promise<SourceRecord[]> {
  const connector = await source.start(source.spec.parse({ rate: 'unlimited', ...config }), context);
  const records: SourceRecord[] = [];
  for (const [index, its] of (await connector.tasks(tasks)).entries()) {
    const task = await connector.open(
      its,
      { ...context, task: index, anew: () => Promise.resolve() },
      new Map(),
    );
    for (;;) {
      const batch = await task.read(AbortSignal.timeout(10_000));
      if (batch === null) break;
      records.push(...batch.records);
    }
  }
  return records;
}

const template = {
  id: '{n}',
  amount: '{random:5-9}',
  text: '{{{name}, {word}',
  list: ['{pick:a|b}'],
  id2: '{uuid}',
};

it('makes the same records for the same seed, and others for another', async () => {
  const config = { count: 50, template, key: 'k{n}' };
  const records = await make(config);
  assert.deepEqual(await make(config), records);
  assert.notDeepEqual(await make({ ...config, seed: 2 }), records);
});

it('makes a record by its number, whatever the tasks', async () => {
  const byKey = (records: SourceRecord[]) =>
    new Map(
      records.map(({ key, value }) => [key, value] as const).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    );
  const config = { count: 50, template, key: 'k{n}' };
  assert.deepEqual(byKey(await make(config, 3)), byKey(await make(config)));
});

it('fills in its placeholders', async () => {
  const [first] = await make({ count: 1, template });
  const value = first?.value as Record<string, unknown>;
  assert.equal(value.id, 1);
  assert.ok(typeof value.amount === 'number' && value.amount >= 5 && value.amount <= 9);
  assert.match(String(value.text), /^\{\p{L}+, [a-z]+$/u);
  assert.ok(['a', 'b'].includes((value.list as string[])[0] ?? ''));
  assert.match(String(value.id2), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const [text] = await make({ count: 1, template: '{text:100}' });
  assert.equal((text?.value as string).length, 100);
});

it('tells when a record was made', async () => {
  const before = Date.now();
  const [record] = await make({ count: 1, template: { at: '{now}' } });
  const { at } = record?.value as { at: number };
  assert.ok(at >= before && at <= Date.now());
});

it('covers a range of numbers evenly', async () => {
  const counts = new Map<string, number>();
  for (const { value } of await make({ count: 10_000, template: '{random:1-10}' })) {
    const number = value as string;
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  assert.equal(counts.size, 10);
  for (const [number, count] of counts)
    assert.ok(count > 800 && count < 1200, `${number} came ${count} times`);
});

it('names a placeholder it does not know, where it stands', () => {
  const issue = source.spec.safeParse({ template: { a: { b: ['{nothing}'] } } }).error?.issues[0];
  assert.ok(issue !== undefined);
  assert.deepEqual(issue.path, ['template', 'a', 'b', 0]);
  assert.match(issue.message, /\{nothing\} is no placeholder; there are: \{n\}, \{now\}/);
  assert.equal(source.spec.safeParse({ template: '{random:9-1}' }).success, false);
  assert.equal(source.spec.safeParse({ template: '{n' }).success, false);
});

it('does not run without an end once', async () => {
  await assert.rejects(
    async () => source.start(source.spec.parse({}), { ...context, once: true }),
    /without end/,
  );
});

describe('pace', () => {
  it('gives what is due, and makes up for a pause of no more than a second', () => {
    let now = 0;
    const pace = new Pace(100, () => now);
    assert.equal(pace.take(1000), 0);
    assert.equal(pace.wait(), 10);
    now = 55;
    assert.equal(pace.take(1000), 5);
    assert.equal(pace.take(1000), 0);
    now = 60_000;
    assert.equal(pace.take(10), 10);
    let more = 0;
    for (let taken = 1; taken > 0; more += taken) taken = pace.take(10);
    assert.equal(more, 90);
  });
});
