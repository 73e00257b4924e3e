import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import {
  RecordsRefused,
  type SinkConnector,
  type SinkPlugin,
  type SinkRecord,
  type SinkTask,
} from '../index.js';
import type { SinkDriver, SinkScene } from './driver.js';
import { watchForLeftovers } from './leftovers.js';
import { context, hangMs } from './session.js';
import { sinkContext } from './sink-context.js';
import { sinkRecord } from './sink-record.js';

const options = { timeout: 60_000 };
const queues = 3;

/** What a sink promises to the worker. */
export function sinkTests(sink: SinkPlugin, driver: SinkDriver): void {
  it('finds nothing wrong with what works', options, async (t) => {
    const { config, baseDir } = await driver.scene(t);
    const checks = (await sink.check?.(sink.spec.parse(config), { baseDir })) ?? [];
    assert.deepEqual(checks, []);
  });

  it('writes every record once, those of one queue in order', options, async (t) => {
    const { scene, task } = await opened(t, sink, driver);
    const records = Array.from({ length: 300 }, (_, n) => record(n % queues, Math.floor(n / queues)));
    await task.write(records.slice(0, 7), signal());
    await task.write([], signal());
    await task.write(records.slice(7), signal());
    await task.flush?.();
    assertKept(await scene.written(), records);
  });

  it('keeps records of several tasks apart', options, async (t) => {
    const { scene, connector } = await opened(t, sink, driver);
    const batches = Array.from({ length: queues }, (_, queue) =>
      Array.from({ length: 20 }, (_batch, batch) =>
        Array.from({ length: 50 }, (_record, n) => record(queue, batch * 50 + n)),
      ),
    );
    await Promise.all(
      batches.map(async (its, index) => {
        const task = await connector.open({ ...context(scene.baseDir, false), task: index + 1 });
        for (const batch of its) await task.write(batch, signal());
        await task.flush?.();
        await task.close();
      }),
    );
    assertKept(await scene.written(), batches.flat(2));
  });

  it('keeps what was written when it is closed, and can be closed twice', options, async (t) => {
    const { scene, connector, task } = await opened(t, sink, driver);
    const records = [record(0, 0), record(0, 1)];
    await task.write(records, signal());
    await task.close();
    await task.close();
    await connector.close();
    await connector.close();
    assertKept(await scene.written(), records);
  });

  it('goes on after a restart', options, async (t) => {
    const scene = await driver.scene(t);
    for (const offset of [0, 1, 2]) {
      const connector = await sink.start(sink.spec.parse(scene.config), sinkContext(scene.baseDir));
      const task = await connector.open({ ...context(scene.baseDir, false), task: 0 });
      await task.write([record(0, offset)], signal());
      await task.close();
      await connector.close();
    }
    assertKept(await scene.written(), [record(0, 0), record(0, 1), record(0, 2)]);
  });

  it('takes a batch again after an error', options, async (t) => {
    const { scene, task } = await opened(t, sink, driver);
    if (scene.break === undefined) {
      t.skip('nothing can be broken');
      return;
    }
    const records = [record(0, 0), record(0, 1), record(1, 0)];
    const repair = await scene.break();
    const writing = async () => {
      await task.write(records, signal());
      await task.flush?.();
    };
    await assert.rejects(writing());
    await repair();
    await writing();
    assertKept(await scene.written(), records);
  });

  it('names the records it refuses, and takes the others', options, async (t) => {
    const { scene, task } = await opened(t, sink, driver);
    if (scene.refused === undefined) {
      t.skip('no record is refused');
      return;
    }
    const refused = sinkRecord({ value: scene.refused.value, key: scene.refused.key, offset: 1 });
    const others = [record(0, 0), record(0, 2)];
    const writing = task.write([...others.slice(0, 1), refused, ...others.slice(1)], signal());
    await assert.rejects(writing, (error) => {
      assert.ok(error instanceof RecordsRefused);
      assert.deepEqual(
        error.refused.map(({ index }) => index),
        [1],
      );
      return true;
    });
    await task.flush?.();
    assertKept(await scene.written(), others);
  });

  it('ends a write within a second when told to', options, async (t) => {
    const { task } = await opened(t, sink, driver);
    const stop = new AbortController();
    stop.abort();
    const started = performance.now();
    await task.write([record(0, 0)], stop.signal).catch((error: unknown) => {
      assert.equal(error, stop.signal.reason);
    });
    assert.ok(performance.now() - started < 1000);
  });

  it('leaves nothing running', options, async (t) => {
    const scene = await driver.scene(t);
    const leftovers = watchForLeftovers();
    const connector = await sink.start(sink.spec.parse(scene.config), sinkContext(scene.baseDir));
    const task = await connector.open({ ...context(scene.baseDir, false), task: 0 });
    await task.write([record(0, 0)], signal());
    await task.close();
    await connector.close();
    assert.deepEqual(await leftovers(), []);
  });
}

const signal = (): AbortSignal => AbortSignal.timeout(hangMs);

const record = (queue: number, offset: number): SinkRecord =>
  sinkRecord({ queue, offset, value: Buffer.from(`queue ${queue} record ${offset} é✓`) });

async function opened(
  t: TestContext,
  sink: SinkPlugin,
  driver: SinkDriver,
): Promise<{ scene: SinkScene; connector: SinkConnector; task: SinkTask }> {
  const scene = await driver.scene(t);
  const connector = await sink.start(sink.spec.parse(scene.config), sinkContext(scene.baseDir));
  const task = await connector.open({ ...context(scene.baseDir, false), task: 0 });
  t.after(async () => {
    await task.close();
    await connector.close();
  });
  return { scene, connector, task };
}

/** Every record is there once; those of a queue are in their order. */
function assertKept(written: readonly string[], records: readonly SinkRecord[]): void {
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
