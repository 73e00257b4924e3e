import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import {
  RecordsRefused,
  type Delivery,
  type SinkConnector,
  type SinkPlugin,
  type SinkRecord,
  type SinkTask,
} from '../index.js';
import type { SinkDriver, SinkScene } from './driver.js';
import { watchForLeftovers } from './leftovers.js';
import { context } from './session.js';
import { sinkContext } from './sink-context.js';
import { assertKept, record, signal, upTo } from './sink-batch.js';
import { sinkRecord } from './sink-record.js';

const options = { timeout: 60_000 };
const queues = 3;

/** What a sink promises to the worker, keeping the offsets itself or not. */
export function sinkTests(sink: SinkPlugin, driver: SinkDriver, delivery: Delivery): void {
  const write = (task: SinkTask, records: readonly SinkRecord[], until = signal()): Promise<void> =>
    delivery === 'exactly_once' ? task.write(records, until, upTo(records)) : task.write(records, until);

  it('finds nothing wrong with what works', options, async (t) => {
    const { config, baseDir } = await driver.scene(t);
    const checks = (await sink.check?.(sink.spec.parse(config), { baseDir })) ?? [];
    assert.deepEqual(checks, []);
  });

  it('writes every record once, those of one queue in order', options, async (t) => {
    const { scene, task } = await opened(t, sink, driver, delivery);
    const records = Array.from({ length: 300 }, (_, n) => record(n % queues, Math.floor(n / queues)));
    await write(task, records.slice(0, 7));
    await write(task, []);
    await write(task, records.slice(7));
    await task.flush?.();
    assertKept(await scene.written(), records);
  });

  it('keeps records of several tasks apart', options, async (t) => {
    const { scene, connector } = await opened(t, sink, driver, delivery);
    const batches = Array.from({ length: queues }, (_, queue) =>
      Array.from({ length: 20 }, (_batch, batch) =>
        Array.from({ length: 50 }, (_record, n) => record(queue, batch * 50 + n)),
      ),
    );
    await Promise.all(
      batches.map(async (its, index) => {
        const task = await connector.open({ ...context(scene.baseDir, false), task: index + 1 });
        for (const batch of its) await write(task, batch);
        await task.flush?.();
        await task.close();
      }),
    );
    assertKept(await scene.written(), batches.flat(2));
  });

  it('keeps what was written when it is closed, and can be closed twice', options, async (t) => {
    const { scene, connector, task } = await opened(t, sink, driver, delivery);
    const records = [record(0, 0), record(0, 1)];
    await write(task, records);
    await task.close();
    await task.close();
    await connector.close();
    await connector.close();
    assertKept(await scene.written(), records);
  });

  it('goes on after a restart', options, async (t) => {
    const scene = await driver.scene(t);
    const its = sinkContext(scene.baseDir, delivery);
    for (const offset of [0, 1, 2]) {
      const connector = await sink.start(sink.spec.parse(scene.config), its);
      const task = await connector.open({ ...context(scene.baseDir, false), task: 0 });
      await write(task, [record(0, offset)]);
      await task.close();
      await connector.close();
    }
    assertKept(await scene.written(), [record(0, 0), record(0, 1), record(0, 2)]);
  });

  it('takes a batch again after an error', options, async (t) => {
    const { scene, task } = await opened(t, sink, driver, delivery);
    if (scene.break === undefined) {
      t.skip('nothing can be broken');
      return;
    }
    const records = [record(0, 0), record(0, 1), record(1, 0)];
    const repair = await scene.break();
    const writing = async () => {
      await write(task, records);
      await task.flush?.();
    };
    await assert.rejects(writing());
    await repair();
    await writing();
    assertKept(await scene.written(), records);
  });

  it(
    'names the records it refuses, and takes the others, at once or when they come again',
    options,
    async (t) => {
      const { scene, task } = await opened(t, sink, driver, delivery);
      if (scene.refused === undefined) {
        t.skip('no record is refused');
        return;
      }
      const refused = sinkRecord({ value: scene.refused.value, key: scene.refused.key, offset: 1 });
      const others = [record(0, 0), record(0, 2)];
      const writing = write(task, [...others.slice(0, 1), refused, ...others.slice(1)]);
      await assert.rejects(writing, (error) => {
        assert.ok(error instanceof RecordsRefused);
        assert.deepEqual(
          error.refused.map(({ index }) => index),
          [1],
        );
        return true;
      });
      if (delivery === 'exactly_once') await write(task, others);
      await task.flush?.();
      assertKept(await scene.written(), others);
    },
  );

  it('ends a write within a second when told to', options, async (t) => {
    const { task } = await opened(t, sink, driver, delivery);
    const stop = new AbortController();
    stop.abort();
    const started = performance.now();
    await write(task, [record(0, 0)], stop.signal).catch((error: unknown) => {
      assert.equal(error, stop.signal.reason);
    });
    assert.ok(performance.now() - started < 1000);
  });

  it('leaves nothing running', options, async (t) => {
    const scene = await driver.scene(t);
    const leftovers = watchForLeftovers();
    const connector = await sink.start(sink.spec.parse(scene.config), sinkContext(scene.baseDir, delivery));
    const task = await connector.open({ ...context(scene.baseDir, false), task: 0 });
    await write(task, [record(0, 0)]);
    await task.close();
    await connector.close();
    assert.deepEqual(await leftovers(), []);
  });
}

async function opened(
  t: TestContext,
  sink: SinkPlugin,
  driver: SinkDriver,
  delivery: Delivery,
): Promise<{ scene: SinkScene; connector: SinkConnector; task: SinkTask }> {
  const scene = await driver.scene(t);
  const connector = await sink.start(sink.spec.parse(scene.config), sinkContext(scene.baseDir, delivery));
  const task = await connector.open({ ...context(scene.baseDir, false), task: 0 });
  t.after(async () => {
    await task.close();
    await connector.close();
  });
  return { scene, connector, task };
}
