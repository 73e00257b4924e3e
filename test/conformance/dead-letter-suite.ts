/** Three sinks with three kinds of trouble read one topic, on a RocketMQ of the caller's choice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryGroups } from '../../src/cli/commands/dlq-list.js';
import { purge } from '../../src/cli/commands/dlq-purge.js';
import { replay } from '../../src/cli/commands/dlq-replay.js';
import type { Shelf } from '../../src/cli/dlq/shelf.js';
import type { SinkDefinition } from '../../src/job/definition.js';
import { errorPolicy } from '../../src/job/errors-spec.js';
import { ConnectorError, type SinkRecord } from '../../src/sdk/index.js';
import { Bench, until, values } from '../worker/bench.js';
import { MemorySink } from '../worker/memory-plugin.js';

const count = 2_000;
const textOf = ({ body }: Pick<SinkRecord, 'body'>): string => body.toString();

function sinkOf(bench: Bench, name: string, topic: string, sink: MemorySink): SinkDefinition {
  const errors = errorPolicy(name, {
    tolerance: 'dead_letter',
    retry: { timeout_ms: 2_000, delay_ms: 5, max_delay_ms: 50 },
  });
  const group = `connect-${name}`;
  return bench.sinkDefinition({ name, sink: sink.plugin, topics: [topic], group, errors });
}

export function deadLetterSuite(nameserver: () => string | undefined): void {
  test('the right records are dead letters once, the rest is written once, replay brings the rest', async (t) => {
    const bench = await Bench.open(t, nameserver());
    const topic = `troubled-${String(Date.now())}`;
    const all = values('a', count).sort();

    // Refuses one in a hundred at random, for good.
    const random = new MemorySink();
    let state = 7;
    const refusedAtRandom = new Set<string>();
    random.refuse = (record) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      if (state / 2 ** 31 >= 0.01) return null;
      refusedAtRandom.add(textOf(record));
      return new ConnectorError('bad_data', 'not today');
    };
    // Refuses a fixed few for ever.
    const few = new MemorySink();
    const fixed = ['a-0', 'a-1', 'a-1000', 'a-1999'];
    few.refuse = (record) =>
      fixed.includes(textOf(record)) ? new ConnectorError('bad_data', 'never this one') : null;
    // Times out again and again, as a whole: no record is to blame.
    const slow = new MemorySink();
    const late = new ConnectorError('unavailable', 'no answer in time');
    slow.failures.push(late, late, late, null, late, late);

    const names = ['random', 'few', 'slow'].map((name) => `${name}-${topic}`);
    const sinks = [random, few, slow];
    const definitions = sinks.map((sink, index) => sinkOf(bench, names[index] ?? '', topic, sink));
    bench.source.batch = 100;
    bench.source.add('a', values('a', count));
    const source = bench.sourceDefinition({ topic });
    const ended = await (await bench.worker([source, ...definitions], true)).done;
    assert.deepEqual(ended.failures, []);

    const shelves: Shelf[] = definitions.map((definition) => ({
      connector: definition.name,
      definition,
      cluster: bench.cluster,
      store: bench.dataDir.connector(definition.name),
    }));
    const counted = async (): Promise<Readonly<Record<string, number>>> => {
      const { groups } = await queryGroups(shelves, {});
      return Object.fromEntries(
        groups.map(({ connector, state: done, count: number }) => [`${connector} ${done}`, number]),
      );
    };
    assert.ok(refusedAtRandom.size > 0);
    assert.deepEqual(await counted(), {
      [`${names[0] ?? ''} waiting`]: refusedAtRandom.size,
      [`${names[1] ?? ''} waiting`]: fixed.length,
    });
    const written = (sink: MemorySink): string[] => sink.records.map(textOf).sort();
    assert.deepEqual(
      written(random),
      all.filter((value) => !refusedAtRandom.has(value)),
    );
    assert.deepEqual(
      written(few),
      all.filter((value) => !fixed.includes(value)),
    );
    assert.deepEqual(written(slow), all);

    for (const sink of sinks) sink.refuse = () => null;
    const preview = await replay(shelves, { toConnector: true });
    assert.equal(preview.done, false);
    assert.deepEqual(
      preview.connectors.map(({ replayed }) => replayed),
      [refusedAtRandom.size, fixed.length, 0],
    );
    // Sent while the worker runs, and each to its connector only.
    const worker = await bench.worker(definitions, false);
    assert.equal((await replay(shelves, { toConnector: true, yes: true })).done, true);
    await until(() => random.records.length === count && few.records.length === count);
    const again = await replay(shelves, { toConnector: true, yes: true });
    assert.ok(again.connectors.every(({ replayed }) => replayed === 0));
    assert.deepEqual((await worker.stop()).failures, []);
    // What was addressed to the others is passed, not written.
    await (
      await bench.worker(definitions, true)
    ).done;
    for (const sink of sinks) assert.deepEqual(written(sink), all);

    assert.deepEqual(await counted(), {
      [`${names[0] ?? ''} replayed`]: refusedAtRandom.size,
      [`${names[1] ?? ''} replayed`]: fixed.length,
    });
    await purge(shelves, { yes: true });
    assert.deepEqual(await counted(), {});
  });
}
