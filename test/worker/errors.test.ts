/** What becomes of single records that cannot be taken. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { errorPolicy, type GivenErrors } from '../../src/job/errors-spec.js';
import type { StoredMessage } from '../../src/rocketmq/cluster.js';
import { ConnectorError, type SinkRecord } from '../../src/sdk/index.js';
import { formats } from '../../src/stages/formats.js';
import type { Transform } from '../../src/stages/index.js';
import { readDeadLetter, type DeadLetter } from '../../src/worker/dead-letter.js';
import { Bench, until, values } from './bench.js';

const errors = (given: GivenErrors): { errors: ReturnType<typeof errorPolicy> } => ({
  errors: errorPolicy('out', given),
});
const keep = errors({ tolerance: 'dead_letter', retry: { delay_ms: 1, max_delay_ms: 5 } });
const cannot = new ConnectorError('bad_data', 'cannot take it');
const textOf = ({ body }: { readonly body: Buffer }): string => body.toString();

async function messagesOf(bench: Bench, topic: string): Promise<StoredMessage[]> {
  const messages: StoredMessage[] = [];
  for (const queue of (await bench.cluster.admin.topic(topic)) ?? []) {
    for (let offset = queue.min; offset < queue.max;) {
      const some = await bench.cluster.admin.peek(queue, offset, 1_000);
      messages.push(...some);
      offset = (some.at(-1)?.offset ?? queue.max) + 1;
    }
  }
  return messages;
}

async function lettersOf(bench: Bench, topic = 'out-dead-letters'): Promise<DeadLetter[]> {
  return (await messagesOf(bench, topic)).flatMap((message) => readDeadLetter(message) ?? []);
}

const original = (letters: readonly DeadLetter[]): string[] =>
  letters.map((letter) => textOf(letter.original)).sort();

async function fill(bench: Bench, count: number): Promise<void> {
  bench.source.add('a', values('a', count));
  bench.source.batch = 50;
  assert.deepEqual((await (await bench.worker([bench.sourceDefinition()], true)).done).failures, []);
}

describe('a sink that refuses single records', () => {
  test('for good: they are dead letters once, the rest is written once, in order', async (t) => {
    const bench = await Bench.open(t);
    await fill(bench, 200);
    const bad = new Set(['a-0', 'a-7', 'a-8', 'a-100', 'a-199']);
    bench.sink.refuse = (record) => (bad.has(textOf(record)) ? cannot : null);
    const ended = await (await bench.worker([bench.sinkDefinition(keep)], true)).done;
    assert.deepEqual(ended.failures, []);
    assert.deepEqual(
      bench.sink.records.map(textOf),
      values('a', 200).filter((value) => !bad.has(value)),
    );
    const letters = await lettersOf(bench);
    assert.deepEqual(original(letters), [...bad].sort());
    const [status] = ended.connectors;
    assert.equal(status?.dead_lettered, 5);
    assert.equal(status.tasks[0]?.dead_lettered ?? 0, status.tasks[1]?.dead_lettered === 5 ? 0 : 5);
    assert.equal(status.records, 195);
    const letter = letters.find((one) => textOf(one.original) === 'a-7');
    assert.deepEqual(
      {
        ...letter?.origin,
        stage: letter?.stage,
        code: letter?.code,
        class: letter?.errorClass,
        message: letter?.message,
        connector: letter?.connector,
        key: letter?.original.key,
      },
      {
        kind: 'sink',
        topic: 't',
        broker: letter?.origin.broker,
        queue: letter?.origin.queue,
        offset: 7,
        partition: null,
        position: null,
        value: 'bytes',
        stage: 'write',
        code: 'bad_data',
        class: 'ConnectorError',
        message: 'cannot take it',
        connector: 'out',
        key: 'a',
      },
    );
    assert.match(letter?.stack ?? '', /ConnectorError: cannot take it\n\s+at /);
    assert.deepEqual(await bench.committed(), [0, 0, 0, 0]);
  });

  test('after a crash before the commit they come again, and are not kept again', async (t) => {
    const bench = await Bench.open(t);
    await fill(bench, 60);
    bench.sink.refuse = (record) => (textOf(record).endsWith('5') ? cannot : null);
    for (let round = 0; round < 3; round += 1) {
      const queues = round === 0 ? [] : ((await bench.cluster.admin.topic('t')) ?? []);
      for (const queue of queues) await bench.cluster.admin.resetOffset('g', queue, 0);
      const ended = await (await bench.worker([bench.sinkDefinition(keep)], true)).done;
      assert.deepEqual(ended.failures, []);
      assert.deepEqual(original(await lettersOf(bench)), ['a-15', 'a-25', 'a-35', 'a-45', 'a-5', 'a-55']);
    }
    assert.equal(bench.sink.records.length, 3 * 54, 'each round has read everything again');
  });

  test('for now: it is written in its place, whatever is refused at random', async (t) => {
    const bench = await Bench.open(t);
    await fill(bench, 300);
    let state = 42;
    const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
    // A sink that needs order refuses what follows in the batch too.
    let held = 0;
    bench.sink.onWrite = () => (held = 0);
    bench.sink.refuse = () => {
      if (held === 0 && random() >= 0.01) return null;
      held += 1;
      return new ConnectorError('unavailable', 'not now');
    };
    const ended = await (await bench.worker([bench.sinkDefinition(keep)], true)).done;
    assert.deepEqual(ended.failures, []);
    assert.deepEqual(bench.sink.records.map(textOf), values('a', 300));
    assert.deepEqual(await lettersOf(bench), []);
    assert.ok((ended.connectors[0]?.retried ?? 0) > 0);
  });

  test('relaxed: the rest goes on, and offsets wait for the record', async (t) => {
    const bench = await Bench.open(t);
    await fill(bench, 50);
    let isRepaired = false;
    bench.sink.refuse = (record) =>
      textOf(record) === 'a-10' && !isRepaired ? new ConnectorError('unavailable', 'not now') : null;
    const worker = await bench.worker(
      [bench.sinkDefinition({ ...keep, ordering: 'relaxed', tasks: 1 })],
      false,
    );
    await until(() => bench.sink.records.length === 49);
    isRepaired = true;
    await until(() => bench.sink.records.length === 50);
    assert.equal(bench.sink.records.at(-1)?.body.toString(), 'a-10');
    const stopped = await worker.stop();
    assert.deepEqual(stopped.failures, []);
    assert.deepEqual(await bench.committed(), [0, 0, 0, 0]);
    assert.deepEqual(await lettersOf(bench), []);
  });

  test('relaxed, and stopped meanwhile: the record comes again at the next start', async (t) => {
    const bench = await Bench.open(t);
    await fill(bench, 50);
    bench.sink.refuse = (record) =>
      textOf(record) === 'a-10' ? new ConnectorError('unavailable', 'not now') : null;
    const sink = bench.sinkDefinition({ ...keep, ordering: 'relaxed' });
    const worker = await bench.worker([sink], false);
    await until(() => bench.sink.records.length === 49);
    await worker.stop();
    const lags = await bench.committed();
    assert.deepEqual(
      lags.filter((lag) => lag !== 0),
      [40],
    );
    bench.sink.refuse = () => null;
    await (
      await bench.worker([sink], true)
    ).done;
    assert.ok(bench.sink.records.map(textOf).includes('a-10'));
  });

  for (const ordering of ['strict', 'relaxed'] as const) {
    test(`${ordering}: what times out is a dead letter in the end`, async (t) => {
      const bench = await Bench.open(t);
      await fill(bench, 50);
      bench.sink.refuse = (record) =>
        textOf(record) === 'a-10' ? new ConnectorError('unavailable', 'timed out') : null;
      const policy = errors({ tolerance: 'dead_letter', retry: { timeout_ms: 60, delay_ms: 5 } });
      const sink = bench.sinkDefinition({ ...policy, ordering });
      const ended = await (await bench.worker([sink], true)).done;
      assert.deepEqual(ended.failures, []);
      assert.deepEqual(original(await lettersOf(bench)), ['a-10']);
      assert.equal(bench.sink.records.length, 49);
      assert.deepEqual(await bench.committed(), [0, 0, 0, 0]);
    });
  }

  test('as a whole batch: the records it is about are found by splitting', async (t) => {
    const bench = await Bench.open(t);
    await fill(bench, 100);
    const bad = new Set(['a-3', 'a-4', 'a-77']);
    bench.sink.refuseBatch = (records) => (records.some((one) => bad.has(textOf(one))) ? cannot : null);
    const ended = await (await bench.worker([bench.sinkDefinition(keep)], true)).done;
    assert.deepEqual(ended.failures, []);
    assert.deepEqual(original(await lettersOf(bench)), [...bad].sort());
    assert.deepEqual(
      bench.sink.records.map(textOf),
      values('a', 100).filter((value) => !bad.has(value)),
    );
  });

  test('a system that is away makes no dead letters, also where it says so of each record', async (t) => {
    const bench = await Bench.open(t);
    await fill(bench, 20);
    const away = new ConnectorError('unreachable', 'nobody answers');
    bench.sink.failures.push(away, away, away);
    let refusals = 0;
    bench.sink.refuse = () => ((refusals += 1) <= 60 ? away : null);
    const policy = errors({ tolerance: 'dead_letter', retry: { timeout_ms: 20, delay_ms: 1 } });
    const ended = await (await bench.worker([bench.sinkDefinition(policy)], true)).done;
    assert.deepEqual(ended.failures, []);
    assert.deepEqual(bench.sink.records.map(textOf), values('a', 20));
    assert.deepEqual(await lettersOf(bench), []);
  });

  test('skip: they are left out, counted, and logged without their bodies', async (t) => {
    const bench = await Bench.open(t);
    await fill(bench, 100);
    bench.sink.refuse = (record: SinkRecord) => (textOf(record).endsWith('3') ? cannot : null);
    const ended = await (
      await bench.worker([bench.sinkDefinition(errors({ tolerance: 'skip' }))], true)
    ).done;
    assert.deepEqual(ended.failures, []);
    assert.equal(bench.sink.records.length, 90);
    assert.equal(ended.connectors[0]?.skipped, 10);
    assert.equal(await bench.cluster.admin.topicExists('out-dead-letters'), false);
    assert.equal(bench.logged.length, 10);
    assert.match(bench.logged[0] ?? '', /^t\/\S+\/\d, offset 3 was skipped: cannot take it$/);
    assert.ok(!bench.logged.join().includes('a-3'));
  });

  test('too many of them in a minute end the connector', async (t) => {
    const bench = await Bench.open(t);
    await fill(bench, 100);
    bench.sink.refuse = (record) => (textOf(record).endsWith('3') ? cannot : null);
    const policy = errors({ tolerance: 'dead_letter', max_dead_letters_per_minute: 9 });
    const ended = await (await bench.worker([bench.sinkDefinition(policy)], true)).done;
    assert.equal(ended.failures[0]?.failure.code, 'too_many_dead_letters');
    assert.equal(bench.events.filter(({ type }) => type === 'task_restarting').length, 0);
    const lags = await bench.committed();
    assert.ok(Math.max(...lags.map((lag) => lag ?? 0)) >= 97, 'nothing is passed that is not kept');
  });

  test('without a topic for them, which must not be made, nothing starts', async (t) => {
    const bench = await Bench.open(t);
    await fill(bench, 1);
    const sink = bench.sinkDefinition({ ...keep, createTopics: null });
    const ended = await (await bench.worker([sink], true)).done;
    assert.match(ended.failures[0]?.failure.message ?? '', /topic out-dead-letters does not exist/);
    assert.equal(bench.sink.records.length, 0);
  });

  test('a record that does not convert is kept; without tolerance nothing behind it is written', async (t) => {
    const bench = await Bench.open(t);
    bench.source.add('a', ['1', '2', 'no json', '4']);
    await (
      await bench.worker([bench.sourceDefinition()], true)
    ).done;
    const json = { format: formats.json };
    const failed = await (await bench.worker([bench.sinkDefinition(json)], true)).done;
    assert.match(failed.failures[0]?.failure.message ?? '', /not JSON.*offset 2/);
    assert.deepEqual(bench.sink.records.map(textOf), ['1', '2']);
    const ended = await (await bench.worker([bench.sinkDefinition({ ...json, ...keep })], true)).done;
    assert.deepEqual(ended.failures, []);
    assert.deepEqual(bench.sink.records.map(textOf), ['1', '2', '4']);
    const [letter] = await lettersOf(bench);
    assert.equal(letter?.stage, 'convert');
    assert.equal(textOf(letter.original), 'no json');
  });
});

/** As a killed worker leaves its positions: it is not known what of what it sent has arrived. */
async function forgetPositions(bench: Bench, before: string): Promise<void> {
  const queues = (await bench.cluster.admin.topic('t')) ?? [];
  const tails = queues.map(({ topic, broker, queue }) => ({ topic, broker, queue, offset: 0 }));
  const old = JSON.parse(before) as object;
  await writeFile(bench.positionsPath, JSON.stringify({ ...old, clean: false, tails }));
}

describe('a source with records that cannot be sent', () => {
  const breaking = (isBad: (text: string) => boolean): Transform => ({
    name: 'break',
    apply: (content) => {
      const text = content.value as string;
      if (isBad(text)) throw new ConnectorError('bad_data', `cannot work on ${text}`);
      return content;
    },
  });
  /** RocketMQ keeps the name for itself. */
  const spoiling = (isBad: (text: string) => boolean): Transform => ({
    name: 'spoil',
    apply: (content) => (isBad(content.value as string) ? { ...content, headers: { KEYS: 'x' } } : content),
  });
  const bad = (text: string): boolean => /[05]$/.test(text);

  for (const [name, stage, transform] of [
    ['that a transform cannot work on', 'transform', breaking(bad)],
    ['that RocketMQ refuses', 'send', spoiling(bad)],
  ] as const) {
    for (const order of ['partition', 'none'] as const) {
      test(`${name}: dead letters once, the rest once, also after a crash (order: ${order})`, async (t) => {
        const bench = await Bench.open(t);
        const source = bench.sourceDefinition({ ...keep, transforms: [transform], order });
        bench.source.batch = 7;
        bench.source.add('a', values('a', 1));
        await (
          await bench.worker([source], true)
        ).done;
        const before = await readFile(bench.positionsPath, 'utf8');
        bench.source.add('a', values('a', 99, 1));
        const ended = await (await bench.worker([source], true)).done;
        assert.deepEqual(ended.failures, []);
        assert.equal(ended.connectors[0]?.dead_lettered, 19);
        assert.equal(ended.connectors[0].records, 80);
        await forgetPositions(bench, before);
        bench.source.add('a', values('a', 10, 100));
        const again = await (await bench.worker([source], true)).done;
        assert.deepEqual(again.failures, []);
        const arrived = (await messagesOf(bench, 't')).map(textOf);
        const all = values('a', 110);
        assert.deepEqual(arrived.sort(), all.filter((value) => !bad(value)).sort());
        const letters = await lettersOf(bench);
        assert.deepEqual(original(letters), all.filter(bad).sort());
        assert.ok(letters.every((letter) => letter.stage === stage));
        assert.deepEqual(await bench.positions(), { a: 110 });
        const letter = letters.find((one) => textOf(one.original) === 'a-55');
        assert.deepEqual(
          { ...letter?.origin, key: letter?.original.key },
          {
            kind: 'source',
            topic: 't',
            broker: null,
            queue: null,
            offset: null,
            partition: 'a',
            position: '56',
            value: 'text',
            key: 'a',
          },
        );
      });
    }
  }

  test('that are too large: the letter has the beginning, and says so', async (t) => {
    const bench = await Bench.open(t);
    bench.source.add('a', ['small', 'x'.repeat(5_000_000), 'last']);
    const ended = await (await bench.worker([bench.sourceDefinition(keep)], true)).done;
    assert.deepEqual(ended.failures, []);
    assert.deepEqual((await messagesOf(bench, 't')).map(textOf), ['small', 'last']);
    const [letter] = await lettersOf(bench);
    assert.equal(letter?.code, 'too_large');
    assert.deepEqual(letter.cut, ['body']);
    assert.equal(letter.original.body.length, 65_536);
    assert.equal(letter.stored.properties['connect.dead.body_bytes'], '5000000');
    assert.equal(letter.original.key, 'a');
  });

  test('without tolerance the task fails, and says which record it is', async (t) => {
    const bench = await Bench.open(t);
    bench.source.add('a', values('a', 8));
    const source = bench.sourceDefinition({ transforms: [spoiling((text) => text === 'a-3')] });
    const ended = await (await bench.worker([source], true)).done;
    assert.equal(ended.failures[0]?.failure.code, 'invalid');
    assert.match(ended.failures[0].failure.message, /\(a, the record before position 4\)/);
  });
});
