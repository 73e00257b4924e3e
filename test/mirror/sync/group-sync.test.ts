/** Groups follow from one embedded broker to another. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { startEmbeddedBroker } from '../../../src/broker/embedded-broker.js';
import { planGroup, type SyncSubject } from '../../../src/mirror/sync/plan-group.js';
import { QueueMaps } from '../../../src/mirror/sync/queue-maps.js';
import { syncGroup } from '../../../src/mirror/sync/sync-group.js';
import type { CopiedQueue } from '../../../src/mirror/sync/copied-queues.js';
import type { Admin, Cluster, GroupOffset, OutMessage, Queue } from '../../../src/rocketmq/cluster.js';
import { queueName } from '../../../src/rocketmq/queue-name.js';
import { connectCluster } from '../../../src/rocketmq/remoting/connect.js';
import { GroupSyncLoop } from '../../../src/mirror/sync/group-sync-loop.js';
import { DataDir, type GroupSyncStatus } from '../../../src/store/index.js';
import { partitionTag, Stamper } from '../../../src/worker/stamp.js';
import { ask } from '../../rig/rocketmq/ask.js';
import { atEnd, temporaryFolder } from '../../temp-folder.js';

const connector = 'east-to-west';

/** A message that gets its stamp. */
type Unstamped = Pick<OutMessage, 'body'> & { properties?: Readonly<Record<string, string>> };
const once = { before: null, dryRun: false, makesGroups: true };

/** Two clusters, and a copy of one topic: `spread` puts messages anywhere. */
class Pair {
  readonly from: Cluster;
  readonly to: Cluster;
  readonly subject: SyncSubject;
  readonly #queues: CopiedQueue[];
  readonly #stamper = new Stamper();
  readonly #copied = new Map<string, number>();

  private constructor(from: Cluster, to: Cluster, folder: string, queues: readonly Queue[], spread: boolean) {
    this.from = from;
    this.to = to;
    this.#queues = queues.map((queue) => ({
      source: queue,
      target: spread ? null : { ...queue },
      generation: 0,
      position: 0,
    }));
    this.subject = {
      from: { name: 'east', admin: from.admin },
      to: { name: 'west', admin: to.admin },
      queues: this.#queues,
      maps: new QueueMaps({
        folder,
        connector,
        peek: (queue, offset, limit) => to.admin.peek(queue, offset, limit),
        ends: async ({ topic, queue }) =>
          (await to.admin.topic(topic))?.find((at) => at.queue === queue) ?? null,
        writes: true,
        traced: true,
      }),
      traced: true,
      targetTopic: (topic) => topic,
    };
  }

  static async start(t: TestContext, { spread = false } = {}): Promise<Pair> {
    const folder = await temporaryFolder(t);
    const clusters: Cluster[] = [];
    for (const name of ['east', 'west']) {
      const broker = await startEmbeddedBroker({ dir: join(folder, name) });
      const cluster = connectCluster({ nameservers: [broker.address] });
      atEnd(t, async () => {
        await cluster.close();
        await broker.close();
      });
      await cluster.admin.createTopic({ topic: 'orders', queues: 2 });
      clusters.push(cluster);
    }
    const [from, to] = clusters;
    assert.ok(from !== undefined && to !== undefined);
    return new Pair(from, to, folder, await from.producer('test').queues('orders'), spread);
  }

  async fill(counts: readonly number[]): Promise<void> {
    for (const [index, count] of counts.entries()) {
      const queue = this.#queues[index]?.source;
      assert.ok(queue !== undefined);
      const bodies = Array.from({ length: count }, (_, n) => ({
        body: Buffer.from(`${String(index)}:${String(n)}`),
      }));
      if (count > 0) await this.from.producer('test').send(queue, bodies);
    }
  }

  /** Up to before these source offsets, in pieces, with messages of others between them. */
  async copy(upTo: readonly number[]): Promise<void> {
    const producer = this.to.producer('copier');
    const foreign = { body: Buffer.from('of others') };
    for (const [index, { source, target }] of this.#queues.entries()) {
      const start = this.#copied.get(queueName(source)) ?? 0;
      const messages = await this.from.admin.peek(source, start, (upTo[index] ?? 0) - start);
      for (let at = 0; at < messages.length; at += 7) {
        const piece = messages.slice(at, at + 7);
        const first = start + at;
        const span = { from: first, skipped: 0, to: first + piece.length };
        const tag = partitionTag(connector, queueName(source));
        const stamped: Unstamped[] = piece.map(({ body }) => ({ body }));
        this.#stamper.stamp({ tag, generation: 0 }, span, stamped);
        const to = target ?? { ...source, queue: (index + at) % 2 };
        await producer.send(to, [foreign]);
        const { offset } = await producer.send(to, stamped);
        if (target === null) continue;
        this.subject.maps.copied({
          source,
          target,
          generation: 0,
          first,
          count: piece.length,
          targetFirst: offset,
        });
      }
      this.#copied.set(queueName(source), start + messages.length);
    }
  }

  async standAt(group: string, offsets: readonly number[]): Promise<void> {
    await this.from.admin.createGroup(group);
    for (const [index, offset] of offsets.entries()) {
      const queue = this.#queues[index]?.source;
      if (queue !== undefined) await this.from.admin.setOffset(group, queue, offset);
    }
  }

  sync(
    group: string,
    options: Partial<Omit<typeof once, 'before'>> & { before?: GroupSyncStatus | null } = {},
  ): Promise<GroupSyncStatus> {
    return syncGroup(group, this.subject, { ...once, ...options });
  }

  async offsets(group: string): Promise<readonly GroupOffset[]> {
    return (await this.to.admin.groupOffsets(group, ['orders'])).filter(({ topic }) => topic === 'orders');
  }

  /** The next copied message that the group gets in each queue of the target; null: none. */
  async next(group: string): Promise<readonly (string | null)[]> {
    return Promise.all(
      (await this.offsets(group)).map(async (queue) => {
        const messages = await this.to.admin.peek(queue, queue.offset ?? 0, 32);
        return messages.map(({ body }) => body.toString()).find((body) => body !== 'of others') ?? null;
      }),
    );
  }
}

describe('a group’s offsets in the other cluster', () => {
  test('at every place: it goes on with exactly its next message', async (t) => {
    const pair = await Pair.start(t);
    await pair.fill([40, 25]);
    await pair.copy([40, 25]);
    for (let place = 0; place < 40; place += 3) {
      const other = Math.min(place, 24);
      const group = `g${String(place)}`;
      await pair.standAt(group, [place, other]);
      const status = await pair.sync(group);
      assert.equal(status.reason, null);
      assert.ok(
        status.synced_at !== null && status.queues.every(({ exact, note }) => exact && note === null),
      );
      assert.deepEqual(await pair.next(group), [`0:${String(place)}`, `1:${String(other)}`]);
    }
    assert.ok(await pair.to.admin.topicExists('%RETRY%g0'), 'tools look a group up by its retry topic');
  });

  test('never back, and said so; forward again with the source', async (t) => {
    const pair = await Pair.start(t);
    await pair.fill([30, 30]);
    await pair.copy([30, 30]);
    await pair.standAt('billing', [20, 5]);
    await pair.sync('billing');
    const before = (await pair.offsets('billing')).map(({ offset }) => offset);
    await pair.standAt('billing', [10, 5]);
    const back = await pair.sync('billing');
    assert.deepEqual(
      (await pair.offsets('billing')).map(({ offset }) => offset),
      before,
    );
    assert.match(back.queues[0]?.note ?? '', /further on in the target already/);
    await pair.standAt('billing', [25, 30]);
    await pair.sync('billing');
    assert.deepEqual(await pair.next('billing'), ['0:25', null]);
  });

  test('not beyond what is copied; the rest follows with the copy', async (t) => {
    const pair = await Pair.start(t);
    await pair.fill([30, 10]);
    await pair.copy([14, 10]);
    await pair.standAt('billing', [20, 10]);
    const early = await pair.sync('billing');
    assert.match(early.queues[0]?.note ?? '', /6 messages it has read are not copied yet/);
    assert.equal(early.queues[0]?.exact, false);
    await pair.copy([30, 10]);
    const late = await pair.sync('billing');
    assert.deepEqual([late.queues[0]?.exact, await pair.next('billing')], [true, ['0:20', null]]);
  });

  test('left alone while it has members in the target; a dry run changes nothing', async (t) => {
    const pair = await Pair.start(t);
    await pair.fill([10, 10]);
    await pair.copy([10, 10]);
    await pair.standAt('billing', [4, 4]);
    const dry = await pair.sync('billing', { dryRun: true });
    assert.deepEqual([dry.queues.map(({ moves }) => moves), dry.synced_at], [[true, true], null]);
    assert.deepEqual(
      (await pair.offsets('billing')).map(({ offset }) => offset),
      [null, null],
    );
    assert.equal(await pair.to.admin.group('billing'), null, 'it is not even made');
    const member = await pair.to.consumer('billing', ['orders']);
    const live = await pair.sync('billing');
    assert.match(live.reason ?? '', /1 member online in west/);
    assert.deepEqual(
      (await pair.offsets('billing')).map(({ offset }) => offset),
      [null, null],
    );
    await member.close();
    await pair.sync('billing');
    assert.deepEqual(await pair.next('billing'), ['0:4', '1:4']);
  });

  test('a reset that waits in the target does not keep it from its place', async (t) => {
    const pair = await Pair.start(t);
    await pair.fill([10, 10]);
    await pair.copy([10, 10]);
    await pair.standAt('billing', [6, 6]);
    await pair.to.admin.createGroup('billing');
    for (const queue of await pair.offsets('billing')) await pair.to.admin.resetOffset('billing', queue, 0);
    await pair.sync('billing');
    assert.deepEqual(await pair.next('billing'), ['0:6', '1:6']);
  });

  test('groups that wait for what was sent back are told what they would skip', async (t) => {
    const pair = await Pair.start(t);
    await pair.fill([10, 10]);
    await pair.copy([10, 10]);
    await pair.standAt('billing', [6, 6]);
    assert.deepEqual((await planGroup('billing', pair.subject)).notes, []);
    const fields = {
      a: 'test',
      b: '%RETRY%billing',
      c: 'TBW102',
      d: '4',
      e: '0',
      f: '0',
      g: '0',
      h: '0',
      j: '1',
    };
    assert.equal((await ask(pair.from.address, 310, fields)).header.code, 0);
    const { notes, queues } = await planGroup('billing', pair.subject);
    assert.match(notes.join(), /^1 message sent back to it wait.*%RETRY%billing of east.*skipped/);
    assert.ok(queues.every(({ exact }) => exact));
  });

  test('the source’s settings of the group are followed', async (t) => {
    const pair = await Pair.start(t);
    await pair.from.admin.followGroup('orderly', { consumeMessageOrderly: true, retryMaxTimes: 3 });
    await pair.fill([3, 3]);
    await pair.copy([3, 3]);
    await pair.standAt('orderly', [1, 1]);
    await pair.sync('orderly');
    const settings = await pair.to.admin.groupSettings('orderly');
    assert.deepEqual([settings?.consumeMessageOrderly, settings?.retryMaxTimes], [true, 3]);
  });

  test('in a queue of which nothing is copied it goes on with what will be copied first', async (t) => {
    const pair = await Pair.start(t);
    await pair.fill([3, 0]);
    await pair.copy([3, 0]);
    await pair.standAt('billing', [1, 0]);
    const { queues } = await pair.sync('billing');
    assert.ok(queues.every(({ exact, note }) => exact && note === null));
    assert.deepEqual(
      (await pair.offsets('billing')).map(({ offset, max }) => [offset, max]),
      queues.map(({ target_offset: offset, source_offset: here }) => [offset, here === 0 ? offset : 4]),
    );
  });

  test('a group that was there before keeps its settings; one that the route made follows on', async (t) => {
    const pair = await Pair.start(t);
    await pair.fill([3, 3]);
    await pair.copy([3, 3]);
    await pair.standAt('theirs', [1, 1]);
    await pair.standAt('made', [1, 1]);
    await pair.to.admin.followGroup('theirs', { retryMaxTimes: 7 });
    const before = new Map<string, GroupSyncStatus>();
    for (const retryMaxTimes of [3, 4]) {
      for (const group of ['theirs', 'made']) {
        await pair.from.admin.followGroup(group, { retryMaxTimes });
        before.set(group, await pair.sync(group, { before: before.get(group) ?? null }));
      }
    }
    const retries = async (group: string): Promise<unknown> =>
      (await pair.to.admin.groupSettings(group))?.retryMaxTimes;
    assert.deepEqual([await retries('theirs'), await retries('made')], [7, 4]);
    assert.deepEqual([before.get('theirs')?.made, before.get('made')?.made], [false, true]);
    assert.notEqual(before.get('theirs')?.synced_at, null, 'its offsets are synced all the same');
  });

  test('spread over other queues: by time, nothing is skipped, and all read means nothing again', async (t) => {
    const pair = await Pair.start(t, { spread: true });
    await pair.fill([30, 30]);
    await pair.copy([30, 30]);
    await pair.standAt('billing', [20, 7]);
    const status = await pair.sync('billing');
    assert.ok(
      status.queues.length === 2 &&
        status.queues.every(({ exact, note }) => !exact && (note ?? '').includes('by time')),
    );
    const got: string[] = [];
    for (const queue of await pair.offsets('billing')) {
      got.push(
        ...(await pair.to.admin.peek(queue, queue.offset ?? 0, 100)).map(({ body }) => body.toString()),
      );
    }
    const unread = [
      ...Array.from({ length: 10 }, (_, n) => `0:${String(20 + n)}`),
      ...Array.from({ length: 23 }, (_, n) => `1:${String(7 + n)}`),
    ];
    assert.deepEqual(
      unread.filter((body) => !got.includes(body)),
      [],
    );
    await pair.standAt('billing', [30, 30]);
    await pair.sync('billing');
    assert.ok((await pair.offsets('billing')).every(({ offset, max }) => offset === max));
  });

  test('a source whose brokers are away takes nothing from what is known of a group', async (t) => {
    const pair = await Pair.start(t);
    await pair.fill([3, 3]);
    await pair.copy([3, 3]);
    await pair.standAt('billing', [1, 1]);
    const dataDir = new DataDir(await temporaryFolder(t));
    await dataDir.create();
    const store = dataDir.connector(connector);
    await store.create();
    const known = { version: 1 as const, connector, groups: [await pair.sync('billing')] };
    const round = async (answers: Partial<Admin>): Promise<readonly GroupSyncStatus[] | undefined> => {
      await store.groupSync.write(known, { durable: false });
      const warned: string[] = [];
      const none = {
        brokers: () => pair.from.admin.brokers(),
        groups: () => Promise.resolve([]),
        ...answers,
      } as Partial<Admin> as Admin;
      await GroupSyncLoop.start({
        store,
        subject: { ...pair.subject, from: { name: 'east', admin: none } },
        isMeant: () => true,
        everyMs: 60_000,
        makesGroups: true,
        warn: (message) => warned.push(message),
      }).close();
      if (answers.brokers !== undefined) assert.match(warned.join(), /no broker of east is registered/);
      return (await store.groupSync.read())?.groups;
    };
    assert.deepEqual(await round({ brokers: () => Promise.resolve([]) }), known.groups);
    const [kept] = (await round({})) ?? [];
    assert.deepEqual([kept?.made, kept?.synced_at], [true, known.groups[0]?.synced_at]);
    assert.match(kept?.reason ?? '', /no group billing in east at the moment/);
  });
});
