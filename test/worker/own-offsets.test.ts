/** Where a sink goes on that keeps its own offsets, on a broker that has the group's. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import type { Cluster, Consumer, Queue } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import type { QueueOffset } from '../../src/sdk/index.js';
import { openChannels, ownOffset, type Channel, type ChannelOptions } from '../../src/worker/channel.js';
import { commitOffsets, keepMarks, type CommitSteps } from '../../src/worker/commit.js';
import { endsFor, QueueGaps } from '../../src/worker/queue-gaps.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';

const group = 'g';

/** A sink that keeps the offset of one queue, and what the worker has to say about it. */
class Sink {
  own: readonly QueueOffset[] = [];
  readonly warnings: string[] = [];
  readonly #consumer: Consumer;
  readonly #queue: Queue;
  readonly #offsets: ChannelOptions['offsets'];
  readonly #steps: CommitSteps;

  constructor(consumer: Consumer, queue: Queue) {
    this.#consumer = consumer;
    this.#queue = queue;
    this.#offsets = {
      read: () => Promise.resolve(this.own),
      set: (offsets) => {
        this.own = offsets;
        return Promise.resolve();
      },
    };
    this.#steps = {
      flush: () => Promise.resolve(),
      commit: async (its, offset) => {
        await consumer.commit(its, offset);
        return true;
      },
      keep: this.#offsets.set,
    };
  }

  async open(): Promise<Channel> {
    const warn = (message: string): void => void this.warnings.push(message);
    const [channel] = await openChannels({
      queues: [this.#queue],
      from: 'earliest',
      topics: ['t'],
      gaps: new QueueGaps({
        who: `group ${this.#consumer.group}`,
        ends: endsFor(this.#consumer),
        onGap: 'fail',
        marks: null,
        warn,
        missed: () => undefined,
      }),
      maxBytes: 1_000,
      warn,
      consumer: this.#consumer,
      offsets: this.#offsets,
      retrying: (attempt) => attempt(),
    });
    assert.ok(channel !== undefined);
    channel.reader.close();
    return channel;
  }

  /** Writes up to before `offset`, keeping it. */
  write(channel: Channel, offset: number): void {
    channel.written = offset;
    this.own = [ownOffset(channel, offset)];
  }

  commit(channel: Channel): Promise<void> {
    return commitOffsets([channel], this.#steps);
  }

  /** As at the end of a run. */
  end(channel: Channel): Promise<void> {
    return keepMarks([channel], this.#steps);
  }
}

interface Bench {
  readonly cluster: Cluster;
  readonly consumer: Consumer;
  readonly queue: Queue;
  readonly sink: Sink;
  /** Ends the broker and starts it again on the same store and port. */
  readonly restartBroker: () => Promise<void>;
}

/** A queue with 1,000 messages. */
async function open(t: TestContext): Promise<Bench> {
  const dir = join(await temporaryFolder(t), 'broker');
  let broker: EmbeddedBroker = await startEmbeddedBroker({ dir });
  const { address } = broker;
  const cluster = connectCluster({ nameservers: [address] });
  atEnd(t, () => broker.close());
  atEnd(t, () => cluster.close());
  await cluster.admin.createTopic({ topic: 't', queues: 1 });
  await cluster.admin.createGroup(group);
  const producer = cluster.producer('p');
  const [queue] = await producer.queues('t');
  assert.ok(queue !== undefined);
  const messages = Array.from({ length: 1_000 }, (_, n) => ({ body: Buffer.from(String(n)) }));
  await producer.send(queue, messages);
  const consumer = await cluster.consumer(group, ['t']);
  return {
    cluster,
    consumer,
    queue,
    sink: new Sink(consumer, queue),
    restartBroker: async () => {
      await broker.close();
      broker = await startEmbeddedBroker({ dir, port: Number(address.split(':')[1]) });
    },
  };
}

test('without an own offset it starts as any group does, and the sink is told', async (t) => {
  const { consumer, queue, sink } = await open(t);
  await consumer.commit(queue, 300);
  const channel = await sink.open();
  assert.equal(channel.written, 300);
  assert.deepEqual(sink.own, [ownOffset(channel, 300)]);
});

test('its own offset wins over the group’s, which follows', async (t) => {
  const { consumer, queue, sink } = await open(t);
  const first = await sink.open();
  sink.write(first, 100);
  await sink.commit(first);
  // Killed before the next commit, once and again.
  sink.write(first, 250);
  const second = await sink.open();
  assert.equal(second.written, 250);
  sink.write(second, 400);
  const third = await sink.open();
  assert.equal(third.written, 400);
  assert.equal(await consumer.committed(queue), 100);
  await sink.commit(third);
  assert.equal(await consumer.committed(queue), 400);
  assert.deepEqual(sink.warnings, []);
});

test('killed between the commit and the next write, it goes on where it was', async (t) => {
  const { sink } = await open(t);
  const first = await sink.open();
  for (const offset of [100, 250]) {
    sink.write(first, offset);
    await sink.commit(first);
  }
  assert.equal((await sink.open()).written, 250);
  assert.deepEqual(sink.warnings, []);
});

test('without an offset of the group its own one holds, and is committed', async (t) => {
  const { consumer, queue, sink } = await open(t);
  sink.own = [{ ...queue, offset: 77, mark: null }];
  assert.equal((await sink.open()).written, 77);
  assert.equal(await consumer.committed(queue), 77);
});

test('a reset of the group by somebody else is obeyed, forward and back, and said', async (t) => {
  const { cluster, queue, sink } = await open(t);
  const first = await sink.open();
  sink.write(first, 500);
  await sink.commit(first);
  for (const [round, target] of [900, 20].entries()) {
    await cluster.admin.resetOffset(group, queue, target);
    const channel = await sink.open();
    assert.equal(channel.written, target);
    assert.equal(sink.own[0]?.offset, target);
    assert.match(
      sink.warnings[round] ?? '',
      new RegExp(`was moved to ${String(target)} by a reset or another member; going on there`),
    );
  }
  // Obeyed once: what is written from there holds again.
  sink.write(await sink.open(), 30);
  assert.equal((await sink.open()).written, 30);
});

test('a reset to where the group had stood before is obeyed, too', async (t) => {
  const { cluster, queue, sink } = await open(t);
  const first = await sink.open();
  sink.write(first, 500);
  await sink.commit(first);
  await sink.end(first);
  await cluster.admin.resetOffset(group, queue, 0);
  assert.equal((await sink.open()).written, 0);
});

test('what was committed is kept, too, while nothing more comes', async (t) => {
  const { cluster, queue, sink } = await open(t);
  const first = await sink.open();
  sink.write(first, 500);
  await sink.commit(first);
  await sink.commit(first);
  await cluster.admin.resetOffset(group, queue, 0);
  assert.equal((await sink.open()).written, 0);
});

test('a broker that has forgotten the last commits has not reset anything', async (t) => {
  const { consumer, queue, sink, restartBroker } = await open(t);
  const first = await sink.open();
  for (const offset of [100, 200, 300]) {
    sink.write(first, offset);
    await sink.commit(first);
  }
  sink.write(first, 320);
  await restartBroker();
  // As after a kill of the broker: it wrote 100 down, and 200 and 300 not yet.
  await consumer.commit(queue, 100);
  assert.equal((await sink.open()).written, 320);
  await consumer.commit(queue, 150);
  assert.equal((await sink.open()).written, 150, 'never committed by us');
});

test('an offset that was set for it holds until somebody resets the group', async (t) => {
  const { consumer, queue, sink } = await open(t);
  await consumer.commit(queue, 640);
  sink.own = [{ ...queue, offset: 640, mark: null }];
  assert.equal((await sink.open()).written, 640);
  sink.own = [{ ...queue, offset: 700, mark: null }];
  assert.equal((await sink.open()).written, 640, 'the group was not set to it');
});
