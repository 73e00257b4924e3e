import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { JobWatch } from '../../../src/cli/run/job-watch.js';
import { loadJobs } from '../../../src/job/load.js';
import type { JsonObject } from '../../../src/sdk/index.js';
import { ControlBench } from '../../control/control-bench.js';
import { until } from '../../rig/until.js';
import { atEnd, temporaryFolder } from '../../temp-folder.js';

/** A job file that is followed; it begins with nothing the worker knows of. */
async function followed(t: TestContext): Promise<
  ControlBench & {
    readonly warned: string[];
    readonly write: (connectors: JsonObject) => Promise<void>;
    readonly groups: () => Record<string, string>;
    readonly become: (groups: Record<string, string>) => Promise<true>;
  }
> {
  const control = await ControlBench.open(t);
  const { bench, connectors, plugins } = control;
  const file = join(await temporaryFolder(t), 'job.yaml');
  const write = (entries: JsonObject): Promise<void> =>
    writeFile(file, JSON.stringify({ rocketmq: { nameserver: bench.cluster.address }, connectors: entries }));
  const warned: string[] = [];
  await write({});
  const watch = new JobWatch({
    paths: [file],
    load: () => loadJobs([file], { plugins, env: {} }),
    connectors,
    jobs: [],
    refuse: () => Promise.resolve(),
    say: () => undefined,
    warn: (text) => warned.push(text),
  });
  await watch.start();
  atEnd(t, () => watch.close());
  const groups = (): Record<string, string> =>
    Object.fromEntries(
      connectors.all.map(({ definition }) => [
        definition.name,
        definition.kind === 'sink' ? definition.group : '',
      ]),
    );
  const become = (wanted: Record<string, string>): Promise<true> =>
    until(`${JSON.stringify(wanted)}; told: ${warned.join('\n')}`, () =>
      JSON.stringify(Object.entries(groups()).sort()) === JSON.stringify(Object.entries(wanted).sort())
        ? true
        : undefined,
    );
  return Object.assign(control, { warned, write, groups, become });
}

test('one connector that cannot be taken over keeps no other back, and comes once it can', async (t) => {
  const { connectors, sink, warned, write, become } = await followed(t);
  await connectors.create('mine', sink('taken'));
  await write({ first: sink('taken'), second: sink('b') });
  await become({ mine: 'taken', second: 'b' });
  await until('it is told', () => (warned.length > 0 ? true : undefined));
  assert.match(warned.join('\n'), /^first: .*mine has the consumer group taken too/m);
  await connectors.remove('mine');
  await become({ first: 'taken', second: 'b' });
  assert.equal(warned.length, 1);
});

test('sinks of a file change groups with each other, and one that was paused stays so', async (t) => {
  const { connectors, worker, sink, warned, write, become, bench } = await followed(t);
  await write({ first: sink('a'), second: sink('b') });
  await become({ first: 'a', second: 'b' });
  await connectors.want('second', 'paused');
  const before = bench.events.length;
  await write({ first: sink('b'), second: sink('a') });
  await become({ first: 'b', second: 'a' });
  assert.equal(worker.find('second')?.wanted, 'paused');
  const told = bench.events.slice(before).map(({ type, connector }) => `${connector} ${type}`);
  const ended = told.indexOf('first connector_stopped');
  assert.ok(ended >= 0 && ended < told.indexOf('second connector_added'), told.join('\n'));
  assert.deepEqual(warned, []);
});
