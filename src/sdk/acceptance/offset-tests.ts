import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import type { QueueOffset, SinkConnector, SinkOffsets, SinkPlugin, SinkRecord, SinkTask } from '../index.js';
import type { SinkDriver, SinkScene } from './driver.js';
import { assertKept, record, recordsOf, signal, upTo } from './sink-batch.js';
import { sinkContext } from './sink-context.js';

const options = { timeout: 60_000 };

/** What a sink that keeps the queue offsets promises: at any moment they and what is written agree. */
export function offsetTests(sink: SinkPlugin, driver: SinkDriver): void {
  it('has offsets where it says exactly once', options, async (t) => {
    const scene = await driver.scene(t);
    assert.deepEqual(sink.delivery?.(sink.spec.parse(scene.config)), { delivery: 'exactly_once' });
    assert.ok(sink.offsets !== undefined, 'the plugin has `offsets`');
  });

  it('keeps offsets and marks with what is written, also where nothing is', options, async (t) => {
    const place = new Place(sink, await driver.scene(t));
    const { task, connector, offsets } = await place.open(t);
    assert.deepEqual(await offsets.read(), []);
    const records = [...recordsOf(0, 0, 3), ...recordsOf(1, 5, 7)];
    await task.write(records, signal(), upTo(records));
    const leftOut = upTo([record(2, 41)]);
    await task.write([], signal(), leftOut);
    const expected = [...upTo(records), ...leftOut];
    assertOffsets(await offsets.read(), expected);
    await task.flush?.();
    await task.close();
    await connector.close();
    assertOffsets(await place.stopped((its) => its.read()), expected);
    assertKept(await place.scene.written(), records);
  });

  it('lets the offsets be changed while it is stopped', options, async (t) => {
    const place = new Place(sink, await driver.scene(t));
    const records = [...recordsOf(0, 0, 3), ...recordsOf(1, 0, 3)];
    const first = await place.open(t);
    await first.task.write(records, signal(), upTo(records));
    await first.task.close();
    await first.connector.close();
    const changed = { ...oneOf(upTo(recordsOf(0, 0, 1))), mark: null };
    await place.stopped((its) => its.set([changed]));
    await place.stopped((its) => its.forget([{ topic: changed.topic, broker: changed.broker, queue: 1 }]));
    const second = await place.open(t);
    assertOffsets(await second.offsets.read(), [changed]);
    const again = recordsOf(0, 1, 5);
    await second.task.write(again, signal(), upTo(again));
    assertOffsets(await second.offsets.read(), upTo(again));
  });

  it('keeps what the worker sets, and what other tasks write meanwhile', options, async (t) => {
    const place = new Place(sink, await driver.scene(t));
    const { task, offsets } = await place.open(t);
    const mine = recordsOf(0, 0, 3);
    const set = upTo([record(1, 99)]);
    await Promise.all([task.write(mine, signal(), upTo(mine)), offsets.set(set)]);
    assertOffsets(await offsets.read(), [...upTo(mine), ...set]);
  });

  it('a write that fails moves no offset', options, async (t) => {
    const place = new Place(sink, await driver.scene(t));
    if (place.scene.break === undefined) {
      t.skip('nothing can be broken');
      return;
    }
    const { task, offsets } = await place.open(t);
    const repair = await place.scene.break();
    const records = recordsOf(0, 0, 3);
    await assert.rejects(task.write(records, signal(), upTo(records)));
    assertOffsets(await offsets.read(), []);
    await repair();
    await task.write(records, signal(), upTo(records));
    assertOffsets(await offsets.read(), upTo(records));
    assertKept(await place.scene.written(), records);
  });

  it('after it was left in the middle, what is written is what the offsets say', options, async (t) => {
    const place = new Place(sink, await driver.scene(t));
    const all = [0, 1, 2].map((queue) => recordsOf(queue, 0, 400));
    const done = [0, 0, 0];
    // Each run ends without a word after some of its writes and flushes: nothing is closed.
    for (const leaveAfter of [1, 2, 5, 9, 14, 30]) {
      const { task, connector, offsets } = await place.open(t);
      const other = await connector.open({ ...place.context, task: 1 });
      for (const { queue, offset } of await offsets.read()) done[queue] = offset;
      assertKept(
        await place.scene.written(),
        all.flatMap((records, queue) => records.slice(0, done[queue])),
      );
      await leave([task, other], all, [...done], leaveAfter);
    }
    const { task } = await place.open(t);
    const kept = await place.stopped((its) => its.read());
    for (const { queue, offset } of kept) done[queue] = offset;
    const rest = all.flatMap((records, queue) => records.slice(done[queue]));
    await task.write(rest, signal(), upTo(rest));
    await task.flush?.();
    assertKept(await place.scene.written(), all.flat());
  });

  it('an abort in the middle leaves what is written and the offsets in agreement', options, async (t) => {
    const place = new Place(sink, await driver.scene(t));
    const { task, offsets } = await place.open(t);
    const records = recordsOf(0, 0, 2_000);
    const abort = new AbortController();
    const writing = task.write(records, abort.signal, upTo(records));
    setImmediate(() => {
      abort.abort();
    });
    await writing.catch((error: unknown) => {
      assert.equal(error, abort.signal.reason);
    });
    const done = (await offsets.read()).at(0)?.offset ?? 0;
    await task.flush?.();
    assertKept(await place.scene.written(), records.slice(0, done));
  });
}

/** Two tasks write by turns, and flush now and then. */
async function leave(
  tasks: readonly SinkTask[],
  all: readonly (readonly SinkRecord[])[],
  done: number[],
  writes: number,
): Promise<void> {
  for (let n = 0; n < writes; n += 1) {
    const queue = n % all.length;
    const from = done[queue] ?? 0;
    const batch = (all[queue] ?? []).slice(from, from + 1 + ((n * 7) % 13));
    if (batch.length === 0) continue;
    const task = tasks[queue % tasks.length];
    await task?.write(batch, signal(), upTo(batch));
    done[queue] = from + batch.length;
    if (n % 4 === 1) await task?.flush?.();
  }
}

interface Opened {
  readonly connector: SinkConnector;
  readonly task: SinkTask;
  readonly offsets: NonNullable<SinkConnector['offsets']>;
}

/** A sink's system, and what outlives the sink. */
class Place {
  readonly scene: SinkScene;
  readonly context;
  readonly #sink: SinkPlugin;

  constructor(sink: SinkPlugin, scene: SinkScene) {
    this.#sink = sink;
    this.scene = scene;
    this.context = sinkContext(scene.baseDir, 'exactly_once');
  }

  /** What is not closed before is left as a crash leaves it, and closed when the test is over. */
  async open(t: TestContext): Promise<Opened> {
    const connector = await this.#sink.start(this.#sink.spec.parse(this.scene.config), this.context);
    const task = await connector.open({ ...this.context, task: 0 });
    t.after(async () => {
      await task.close();
      await connector.close();
    });
    assert.ok(connector.offsets !== undefined, 'the connector has `offsets`');
    return { connector, task, offsets: connector.offsets };
  }

  /** As the commands for offsets do while the connector is stopped. */
  async stopped<T>(use: (offsets: SinkOffsets) => Promise<T>): Promise<T> {
    const offsets = await this.#sink.offsets?.(this.#sink.spec.parse(this.scene.config), this.context);
    assert.ok(offsets !== undefined);
    try {
      return await use(offsets);
    } finally {
      await offsets.close();
      await offsets.close();
    }
  }
}

function oneOf<T>(list: readonly T[]): T {
  const [first] = list;
  assert.ok(first !== undefined);
  return first;
}

const byQueue = (left: QueueOffset, right: QueueOffset): number => left.queue - right.queue;

function assertOffsets(actual: readonly QueueOffset[], expected: readonly QueueOffset[]): void {
  assert.deepEqual([...actual].sort(byQueue), [...expected].sort(byQueue));
}
