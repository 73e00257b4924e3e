/** A mirror between any two brokers: what arrives is what was sent, once and in order, whoever is killed. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { StoredMessage } from '../../src/rocketmq/cluster.js';
import { Town } from '../mirror/mirror-bench.js';
import { startCli, type RunningCli } from '../rig/cli.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { until } from '../rig/until.js';
import type { CrashRig } from './crash-suite.js';

export interface TwoRigs {
  readonly from: CrashRig;
  readonly to: CrashRig;
}

/** What is sent, and how else it is looked at than byte for byte. */
export interface Cargo {
  /** So many messages into each queue of the topic. */
  load(from: Town, topic: string, each: number): Promise<void>;
  /** Both topics hold the same, so many messages. */
  compare?(from: Town, to: Town, topic: string, count: number): Promise<void>;
}

const queues = 4;
let topics = 0;

/** Short and longer bodies, some of them binary. */
const mixed: Cargo = {
  load: async (from, topic, each) => {
    for (const queue of await from.queues(topic)) {
      const messages = Array.from({ length: each }, (_, index) => ({
        body:
          index % 10 === 0
            ? randomBytes(index % 1_000)
            : Buffer.from(`${String(queue.queue)}:${String(index)}`),
        key: `${String(queue.queue)}-${String(index)}`,
        tag: `tag-${String(index % 5)}`,
        properties: { number: String(index), text: 'ä ☂ 𝄞' },
      }));
      await from.send(queue, messages, 1_000);
    }
  },
};

class Crossing {
  readonly topic: string;
  readonly from: Town;
  readonly to: Town;
  readonly #folder: string;
  readonly #each: number;
  readonly #cargo: Cargo;

  private constructor(folder: string, from: Town, to: Town, each: number, cargo: Cargo) {
    this.#folder = folder;
    this.from = from;
    this.to = to;
    this.#each = each;
    this.#cargo = cargo;
    this.topic = `mirror-${String(process.pid)}-${String((topics += 1))}`;
  }

  /** With so many messages in each queue of a topic of its own. */
  static async open(t: TestContext, { from, to }: TwoRigs, each: number, cargo: Cargo): Promise<Crossing> {
    const folder = await ownedFolder('mirror');
    t.after(() => removeFolder(folder));
    const towns = [Town.at(t, 'east', from.nameserver), Town.at(t, 'west', to.nameserver)] as const;
    const crossing = new Crossing(folder, ...towns, each, cargo);
    const { topic } = crossing;
    await crossing.from.cluster.admin.createTopic({ topic, queues });
    await cargo.load(crossing.from, topic, each);
    // A real broker's queues follow its log: their ends say late what is stored.
    await until('all that was sent can be read', async () =>
      (await crossing.from.count(topic)) === each * queues ? true : undefined,
    );
    await writeFile(
      join(folder, 'job.yaml'),
      `connectors:
  ${topic}:
    mirror: rocketmq
    config:
      from: { name: east, nameserver: "${from.nameserver}" }
      to: { name: west, nameserver: "${to.nameserver}" }
      topics: [${topic}]
`,
    );
    return crossing;
  }

  start(): RunningCli {
    return startCli(['run', 'job.yaml', '--once', '--wait', '--data-dir', 'data'], {
      cwd: this.#folder,
      deadlineMs: 300_000,
    });
  }

  async toEnd(): Promise<void> {
    const run = this.start();
    const { code } = await run.ended;
    assert.equal(code, 0, run.output());
  }

  /** Resolves when so many have arrived, or `ended` resolves. */
  async arrived(count: number, ended: Promise<unknown>): Promise<void> {
    let over = false;
    void ended.then(() => (over = true));
    await until(
      `${String(count)} messages in ${this.topic}`,
      async () => (over || (await this.to.count(this.topic)) >= count ? true : undefined),
      { everyMs: 5, deadlineMs: 120_000 },
    );
  }

  /** Every queue holds the same messages in the same order, and nothing else. */
  async assertEqual(): Promise<void> {
    // A real broker tells the ends of queues a moment behind what it has stored.
    await until('the ends of the copies', async () =>
      (await this.to.count(this.topic)) >= queues * this.#each ? true : undefined,
    );
    const copies = await this.to.queues(this.topic);
    assert.equal(copies.length, queues);
    for (const queue of await this.from.queues(this.topic)) {
      const copy = copies.find((other) => other.queue === queue.queue);
      assert.ok(copy !== undefined);
      assert.equal(copy.max - copy.min, this.#each, `queue ${String(queue.queue)}`);
      const arrived = this.to.each(copy, this.#each);
      for await (const original of this.from.each(queue, this.#each)) {
        const { value: found } = await arrived.next();
        assert.ok(found !== undefined);
        assertCopy(found, original);
      }
    }
    await this.#cargo.compare?.(this.from, this.to, this.topic, queues * this.#each);
  }
}

/** What brokers add to messages that are sent one by one. */
const ofBroker = new Set(['CLUSTER', 'MSG_REGION', 'TRACE_ON']);

function assertCopy(found: StoredMessage, original: StoredMessage): void {
  const place = `queue ${String(original.queue)}, offset ${String(original.offset)}`;
  assert.ok(found.body.equals(original.body), place);
  const { 'connect.via': via, 'connect.born_at': bornAt, ...others } = found.allProperties;
  const kept = Object.entries(others).filter(([name]) => !/^rc(\.|$)/.test(name));
  const had = Object.entries(original.allProperties).filter(([name]) => !ofBroker.has(name));
  assert.deepEqual(Object.fromEntries(kept), Object.fromEntries(had), place);
  assert.deepEqual([via, bornAt], ['east', String(original.bornAt)]);
  assert.equal((found.raw?.sysFlag ?? 0) & 0x701, (original.raw?.sysFlag ?? 0) & 0x701, place);
}

export function mirrorSuite(name: string, rigs: () => TwoRigs, each: number, cargo = mixed): void {
  describe(`a mirror ${name}`, () => {
    test('every queue of the target holds what its queue of the source holds', async (t) => {
      const crossing = await Crossing.open(t, rigs(), Math.floor(each / 4), cargo);
      await crossing.toEnd();
      await crossing.assertEqual();
      await crossing.toEnd();
      await crossing.assertEqual();
    });

    test('the worker is killed five times and each broker once: everything arrives once, in order', async (t) => {
      const { from, to } = rigs();
      const crossing = await Crossing.open(t, rigs(), each, cargo);
      const all = each * queues;
      for (const share of [0.05, 0.2, 0.4, 0.55, 0.7]) {
        const run = crossing.start();
        await crossing.arrived(Math.floor(all * share), run.ended);
        await run.kill();
      }
      for (const rig of [from, to]) {
        const run = crossing.start();
        await crossing.arrived(Math.floor(all * (rig === from ? 0.8 : 0.9)), run.ended);
        await rig.killBroker();
        await rig.startBroker();
        const { code } = await run.ended;
        assert.equal(code, 0, run.output());
      }
      await crossing.toEnd();
      await crossing.assertEqual();
    });
  });
}
