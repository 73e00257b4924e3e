import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { ConnectorError, type Plugin, type Position, type SourcePlugin } from '../index.js';
import type { SourceDriver } from './driver.js';
import { watchForLeftovers } from './leftovers.js';
import {
  context,
  hangMs,
  plain,
  readCount,
  readToEnd,
  SourceSession,
  survivesJson,
  type Readings,
} from './session.js';
import { exampleConfigs } from './spec-tests.js';

const none: ReadonlyMap<string, Position> = new Map();
const options = { timeout: 60_000 };

/** What a source promises to the worker. */
export function sourceTests(plugin: Plugin, source: SourcePlugin, driver: SourceDriver, root: string): void {
  it('reads its example', options, async () => {
    const { configs, baseDir } = await exampleConfigs(plugin, 'source', root);
    for (const config of configs) {
      const session = await SourceSession.open(source, { config, baseDir, tasks: 2 }, none, true);
      await session.tasks[0]?.read(AbortSignal.timeout(hangMs));
      await session.close();
    }
  });

  it('finds nothing wrong with what works', options, async (t) => {
    const { config, baseDir } = await driver.scene(t);
    const checks = (await source.check?.(source.spec.parse(config), { baseDir })) ?? [];
    assert.deepEqual(checks, []);
  });

  it('decides on at most as many tasks as asked for, the same each time, as JSON', options, async (t) => {
    const { config, baseDir } = await driver.scene(t);
    const connector = await source.start(source.spec.parse(config), context(baseDir, true));
    for (const max of [1, 2, 5]) {
      const tasks = await connector.tasks(max);
      assert.ok(tasks.length <= max, `${tasks.length} tasks instead of ${max}`);
      assert.deepEqual(JSON.parse(JSON.stringify(tasks)), tasks);
      assert.deepEqual(await connector.tasks(max), tasks);
    }
    await connector.close();
  });

  it('reads everything once and in order', options, async (t) => {
    const scene = await driver.scene(t);
    const session = await SourceSession.open(source, scene, none, true);
    const { values, positions } = await readToEnd(session);
    await session.close();
    assert.deepEqual(plain(values), plain(scene.contents));
    for (const position of Object.values(positions).flat()) assert.ok(survivesJson(position));
  });

  it('goes on after any position, losing and repeating nothing', options, async (t) => {
    const { config } = await driver.scene(t);
    if (replays(source, source.spec.parse(config))) await resumeEverywhere(t, source, driver);
    else await resumeUnacknowledged(t, source, driver);
  });

  it('waits for more, and reads it', options, async (t) => {
    const scene = await driver.scene(t);
    if (scene.add === undefined) {
      t.skip('nothing can be added');
      return;
    }
    const session = await SourceSession.open(source, scene, none, false);
    t.after(() => session.close());
    await readCount(session, countOf(scene.contents));
    const added = await scene.add();
    const { values } = await readCount(session, countOf(added));
    assert.deepEqual(plain(values), plain(added));
  });

  it('ends a read within a second when told to', options, async (t) => {
    const scene = await driver.scene(t);
    const session = await SourceSession.open(source, scene, none, scene.add === undefined);
    t.after(() => session.close());
    await readCount(session, countOf(scene.contents));
    for (const task of session.tasks) {
      const stop = new AbortController();
      const reading = task.read(stop.signal).then(
        () => undefined,
        (error: unknown) => error,
      );
      const timer = setTimeout(() => {
        stop.abort();
      }, 20);
      const started = performance.now();
      const error = await reading;
      clearTimeout(timer);
      assert.ok(performance.now() - started < 1020, 'it took longer than a second');
      assert.ok(error === undefined || error === stop.signal.reason, String(error));
    }
  });

  it('can be closed twice, and leaves nothing running', options, async (t) => {
    const scene = await driver.scene(t);
    const leftovers = watchForLeftovers();
    const session = await SourceSession.open(source, scene, none, scene.add === undefined);
    const watching = new AbortController();
    const watched = session.connector.watch?.(() => undefined, watching.signal);
    await readCount(session, countOf(scene.contents));
    watching.abort();
    await watched;
    await session.close();
    await session.close();
    assert.deepEqual(await leftovers(), []);
  });

  it('says with a ConnectorError why it cannot read', options, async (t) => {
    const scene = await driver.scene(t);
    if (scene.break === undefined) {
      t.skip('nothing can be broken');
      return;
    }
    await scene.break();
    const reading = async () => {
      const session = await SourceSession.open(source, scene, none, true);
      await readToEnd(session).finally(() => session.close());
    };
    await assert.rejects(reading(), (error) => error instanceof ConnectorError && error.message.length > 0);
  });

  it('finds its start and its end, where it can', options, async (t) => {
    const scene = await driver.scene(t);
    const config = source.spec.parse(scene.config);
    if (source.seek === undefined || !replays(source, config)) {
      t.skip('it cannot tell');
      return;
    }
    const readFrom = async (to: 'earliest' | 'latest'): Promise<Readings> => {
      const places = (await source.seek?.(config, to, scene)) ?? none;
      const positions = new Map(
        [...places].flatMap(([name, place]) => (place === null ? [] : [[name, place] as const])),
      );
      for (const position of positions.values()) {
        assert.ok(survivesJson(position));
        source.position?.parse(position);
      }
      const session = await SourceSession.open(source, scene, positions, true);
      return await readToEnd(session).finally(() => session.close());
    };
    assert.deepEqual((await readFrom('latest')).values, {});
    assert.deepEqual(plain((await readFrom('earliest')).values), plain(scene.contents));
  });

  it('tells how far behind it is', options, async (t) => {
    const scene = await driver.scene(t);
    if (source.lag === undefined) {
      t.skip('it cannot tell');
      return;
    }
    const config = source.spec.parse(scene.config);
    const atStart = await source.lag(config, none, scene);
    assert.notEqual(atStart.records, 0);
    const session = await SourceSession.open(source, scene, none, true);
    const { positions, tasks } = await readToEnd(session);
    const last = new Map(Object.entries(positions).map(([name, list]) => [name, list.at(-1) ?? null]));
    for (const [name, position] of last) await tasks.get(name)?.committed?.(name, position);
    await session.close();
    assert.deepEqual(await source.lag(config, last, scene), { records: 0, bytes: 0, seconds: 0 });
  });
}

const countOf = (contents: Readonly<Record<string, readonly unknown[]>>): number =>
  Object.values(contents).reduce((sum, list) => sum + list.length, 0);

const replays = (source: SourcePlugin, config: unknown): boolean =>
  source.delivery(config).delivery === 'exactly_once';

const half = (count: number): number => Math.floor(count / 2);
const places = [() => 0, half, (count: number) => count - 2, (count: number) => count - 1];

/** What was not acknowledged when it was closed comes again, in whatever order, and nothing else does. */
async function resumeUnacknowledged(
  t: TestContext,
  source: SourcePlugin,
  driver: SourceDriver,
): Promise<void> {
  for (const place of places) {
    const scene = await driver.scene(t);
    const session = await SourceSession.open(source, scene, none, true);
    const all = await readToEnd(session);
    const rest: Record<string, unknown[]> = {};
    const stored = new Map<string, Position>();
    for (const [partition, list] of Object.entries(all.positions)) {
      const index = Math.max(0, place(list.length));
      stored.set(partition, list[index] ?? null);
      await all.tasks.get(partition)?.committed?.(partition, list[index] ?? null);
      const left = plain(all.values)[partition]?.slice(index + 1) ?? [];
      if (left.length > 0) rest[partition] = left.sort();
    }
    await session.close();
    const next = await SourceSession.open(source, scene, stored, true);
    const readings = await readToEnd(next);
    await next.close();
    const again = Object.entries(plain(readings.values));
    assert.deepEqual(
      Object.fromEntries(again.map(([partition, values]) => [partition, values.sort()])),
      rest,
    );
  }
}

/** Stops behind the first, a middle, the last but one and the last record of each partition. */
async function resumeEverywhere(t: TestContext, source: SourcePlugin, driver: SourceDriver): Promise<void> {
  const scene = await driver.scene(t);
  const first = await SourceSession.open(source, scene, none, true);
  const all = await readToEnd(first);
  await first.close();
  for (const place of places) {
    const positions = new Map<string, Position>();
    const rest: Record<string, unknown[]> = {};
    for (const [partition, list] of Object.entries(all.positions)) {
      const index = Math.max(0, place(list.length));
      positions.set(partition, JSON.parse(JSON.stringify(list[index])) as Position);
      const left = plain(all.values)[partition]?.slice(index + 1) ?? [];
      if (left.length > 0) rest[partition] = left;
    }
    const session = await SourceSession.open(source, scene, positions, true);
    const readings = await readToEnd(session);
    await session.close();
    assert.deepEqual(plain(readings.values), rest);
  }
}
