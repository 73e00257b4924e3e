import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer, Queue } from '../../src/rocketmq/cluster.js';
import { allocateAveragely } from '../../src/rocketmq/remoting/allocate.js';
import { retryTopicOf } from '../../src/rocketmq/remoting/names.js';
import type { Case } from './suite.js';

/** How members of a group share its queues. */
export const shareCases: readonly Case[] = [
  [
    'gives a lone member all queues of its topics, and those of the retry topic',
    async (clients) => {
      const one = await clients.topic(2);
      const two = await clients.topic(1);
      const consumer = await clients.connect().consumer(clients.name('group'), [one.topic, two.topic]);
      assert.equal(consumer.share(), null);
      const queues = await consumer.queues();
      const { broker } = one.first;
      const retry = { topic: retryTopicOf(consumer.group), broker, queue: 0 };
      assert.deepEqual(queues, [...one.queues, ...two.queues, retry]);
      assert.ok(queues.every((queue) => consumer.hold(queue) === 'held'));
      assert.deepEqual(consumer.share()?.awaited, []);
    },
  ],
  [
    'deals the queues to three members as Java does, and all see the same',
    async (clients, signal) => {
      const { topic, queues } = await clients.topic(8);
      const group = clients.name('group');
      const members = await Promise.all([1, 2, 3].map(() => Member.join(clients.connect(), group, topic)));
      const ids = members.map(({ id }) => id);
      const expected = allocateAveragely(queues, ids);
      await all(members, signal, ({ id, queues: own }) => sameQueues(own, expected.get(id) ?? []));
      for (const { consumer } of members) {
        const share = consumer.share();
        const seen = [...(share?.allotted ?? [])].map(([id, own]) => [id, own.filter(isOf(topic))] as const);
        assert.deepEqual(new Map(seen), expected);
      }
      const { admin } = clients.connect();
      const shown = await admin.groupOffsets(group, [topic]);
      assert.deepEqual(
        shown.map(({ member }) => member),
        queues.map((queue) => ids.find((id) => expected.get(id)?.some((own) => same(own, queue)))),
      );
    },
  ],
  [
    'gives a queue to a new member only after the old one has let go of it',
    async (clients, signal) => {
      const { topic } = await clients.topic(4);
      const group = clients.name('group');
      const first = await Member.join(clients.connect(), group, topic);
      assert.equal(first.queues.length, 4);
      let letGo = (): void => undefined;
      first.inHand = new Promise((resolve) => {
        letGo = resolve;
      });
      const second = await Member.join(clients.connect(), group, topic);
      await until(signal, () => first.queues.length === 2);
      assert.deepEqual(second.queues, []);
      const awaited = second.consumer.share()?.awaited ?? [];
      assert.equal(awaited.filter(isOf(topic)).length, 2);
      for (const queue of awaited.filter(isOf(topic))) {
        assert.equal(first.consumer.hold(queue), 'held', 'it may still commit');
        assert.equal(second.consumer.hold(queue), 'lost');
        await first.consumer.commit(queue, 7);
      }
      letGo();
      await until(signal, () => second.queues.length === 2);
      for (const queue of second.queues) {
        assert.equal(await second.consumer.committed(queue), 7);
        assert.equal(first.consumer.hold(queue), 'lost');
      }
    },
  ],
  [
    'gives the queues of a member that leaves to those that stay',
    async (clients, signal) => {
      const { topic } = await clients.topic(4);
      const group = clients.name('group');
      const first = await Member.join(clients.connect(), group, topic);
      const second = await Member.join(clients.connect(), group, topic);
      await all([first, second], signal, ({ queues }) => queues.length === 2);
      await first.consumer.close();
      await until(signal, () => second.queues.length === 4);
    },
  ],
  [
    'gives the queues of a member that vanished to the others, after it has stopped writing',
    async (clients, signal) => {
      const { topic } = await clients.topic(4);
      const group = clients.name('group');
      const { cluster, proxy } = await clients.connectThroughProxy();
      const lost = await Member.join(cluster, group, topic);
      const stays = await Member.join(clients.connect(), group, topic);
      await all([lost, stays], signal, ({ queues }) => queues.length === 2);
      const before = [...lost.queues];
      const at = performance.now();
      await proxy.close();
      await until(signal, () => {
        const doubts = before.every((queue) => lost.consumer.hold(queue) !== 'held');
        assert.ok(doubts || stays.queues.length === 2, 'both would write');
        return stays.queues.length === 4;
      });
      assert.ok(performance.now() - at < 30_000, 'within 30 s');
    },
  ],
  [
    'frees at once what a member has that is known to be dead',
    async (clients, signal) => {
      const { topic } = await clients.topic(2);
      const group = clients.name('group');
      const { cluster, proxy } = await clients.connectThroughProxy();
      const dead = await Member.join(cluster, group, topic);
      assert.equal(dead.queues.length, 2);
      await proxy.close();
      const { admin } = clients.connect();
      await until(signal, async () => (await admin.groupMembers(group)).length === 0);
      const next = await clients.connect().consumer(group, [topic]);
      const at = performance.now();
      await next.release(dead.id);
      assert.equal((await next.queues()).filter(isOf(topic)).length, 2);
      assert.ok(performance.now() - at < 5_000);
    },
  ],
  [
    'keeps its queues when its connection was cut',
    async (clients, signal) => {
      const { topic } = await clients.topic(2);
      const group = clients.name('group');
      const { cluster, proxy } = await clients.connectThroughProxy();
      const cut = await Member.join(cluster, group, topic);
      const other = await Member.join(clients.connect(), group, topic);
      await all([cut, other], signal, ({ queues }) => queues.length === 1);
      const { admin } = clients.connect();
      const [queue] = cut.queues;
      assert.ok(queue !== undefined);
      const changes = cut.changes;
      proxy.cut();
      await until(signal, async () => (await admin.groupMembers(group)).length === 1);
      await until(signal, async () => (await cut.consumer.committed(queue).catch(() => 'not yet')) === null);
      await until(signal, async () => (await admin.groupMembers(group)).length === 2);
      await until(signal, () => cut.changes > changes);
      assert.deepEqual(cut.queues, [queue]);
      assert.equal(cut.consumer.hold(queue), 'held');
    },
  ],
  [
    'refuses a member that subscribes to something else than the others',
    async (clients) => {
      const one = await clients.topic(1);
      const two = await clients.topic(1);
      const group = clients.name('group');
      const first = await clients.connect().consumer(group, [one.topic]);
      const cluster = clients.connect();
      await assert.rejects(cluster.consumer(group, [one.topic, two.topic]), {
        code: 'invalid',
        message: new RegExp(`${group} that are online subscribe to ${one.topic}, and not to `),
      });
      await first.close();
      await cluster.consumer(group, [one.topic, two.topic]);
    },
  ],
];

/** A member, and the queues of the topic it was told to have. */
class Member {
  readonly consumer: Consumer;
  queues: readonly Queue[] = [];
  /** How often it was told. */
  changes = 0;
  /** What it gives up is let go of when this resolves. */
  inHand: Promise<void> = Promise.resolve();

  private constructor(consumer: Consumer, topic: string) {
    this.consumer = consumer;
    consumer.onQueuesChanged(async (queues) => {
      this.queues = queues.filter(isOf(topic));
      this.changes += 1;
      await this.inHand;
    });
  }

  static async join(
    cluster: { consumer(group: string, topics: readonly string[]): Promise<Consumer> },
    group: string,
    topic: string,
  ): Promise<Member> {
    const member = new Member(await cluster.consumer(group, [topic]), topic);
    await member.consumer.queues();
    return member;
  }

  get id(): string {
    return this.consumer.member ?? '';
  }
}

async function until(signal: AbortSignal, isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(20, undefined, { signal });
}

async function all(
  members: readonly Member[],
  signal: AbortSignal,
  isSo: (member: Member) => boolean,
): Promise<void> {
  await until(signal, () => members.every(isSo));
}

const isOf =
  (topic: string) =>
  (queue: Queue): boolean =>
    queue.topic === topic;

function same(a: Queue, b: Queue): boolean {
  return a.topic === b.topic && a.broker === b.broker && a.queue === b.queue;
}

function sameQueues(a: readonly Queue[], b: readonly Queue[]): boolean {
  return a.length === b.length && a.every((queue) => b.some((other) => same(queue, other)));
}
