/** A source that is killed, or whose broker is, sends every record exactly once. Runs on any broker. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { Cluster } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { startCli } from '../rig/cli.js';
import { randomFrom } from '../rig/kill-plan.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { until } from '../rig/until.js';

export interface CrashRig {
  readonly nameserver: string;
  killBroker(): Promise<void>;
  startBroker(): Promise<void>;
}

const files = 3;
const lines = 40_000;
let topics = 0;

class Round {
  readonly topic: string;
  readonly #folder: string;
  readonly #rig: CrashRig;
  readonly #cluster: Cluster;

  private constructor(folder: string, rig: CrashRig, cluster: Cluster) {
    this.#folder = folder;
    this.#rig = rig;
    this.#cluster = cluster;
    this.topic = `crash-${String(process.pid)}-${String((topics += 1))}`;
  }

  static async open(t: TestContext, rig: CrashRig, settings: string): Promise<Round> {
    const folder = await ownedFolder('crash');
    const cluster = connectCluster({ nameservers: [rig.nameserver] });
    t.after(async () => {
      await cluster.close();
      await removeFolder(folder);
    });
    const round = new Round(folder, rig, cluster);
    for (let file = 0; file < files; file += 1) {
      const text = Array.from({ length: lines }, (_, n) => `${file}:${n} ${'x'.repeat(n % 80)}\n`).join('');
      await writeFile(join(folder, `in-${String(file)}.log`), text);
    }
    await writeFile(
      join(folder, 'job.yaml'),
      `rocketmq: { nameserver: "${rig.nameserver}" }
connectors:
  ${round.topic}:
    source: file
    topic: ${round.topic}
    tasks: 2
${settings}    config: { path: ./in-*.log }
`,
    );
    return round;
  }

  start(): ReturnType<typeof startCli> {
    return startCli(['run', 'job.yaml', '--once', '--data-dir', 'data'], { cwd: this.#folder });
  }

  /** Resolves when so many messages are stored, or `ended` resolves. */
  async stored(count: number, ended: Promise<unknown>): Promise<void> {
    let over = false;
    void ended.then(() => (over = true));
    await until(
      `${String(count)} messages in ${this.topic}`,
      async () => (over || (await this.#count()) >= count ? true : undefined),
      { everyMs: 2, deadlineMs: 60_000 },
    );
  }

  /** The lines in the topic, and how many of them are there more than once. */
  async arrived(): Promise<{ lines: number; twice: number; ordered: boolean }> {
    await this.#settle();
    const seen = new Set<string>();
    let all = 0;
    let ordered = true;
    for (const queue of (await this.#cluster.admin.topic(this.topic)) ?? []) {
      const last = new Map<string, number>();
      for (let offset = queue.min; offset < queue.max;) {
        const messages = await this.#cluster.admin.peek(queue, offset, 1_024);
        for (const { body } of messages) {
          const text = body.toString();
          const [file = '', n = ''] = (text.split(' ')[0] ?? '').split(':');
          ordered &&= Number(n) > (last.get(file) ?? -1);
          last.set(file, Number(n));
          seen.add(text);
        }
        all += messages.length;
        offset += messages.length;
      }
    }
    return { lines: seen.size, twice: all - seen.size, ordered };
  }

  /** A real broker shows what it has stored a moment later; behind a marker of our own all is there. */
  async #settle(): Promise<void> {
    const producer = this.#cluster.producer('crash-suite');
    const [queue] = await producer.queues(this.topic);
    assert.ok(queue !== undefined && producer.trail !== undefined);
    await producer.trail.settle(queue, [], AbortSignal.timeout(60_000));
    await producer.close();
  }

  async #count(): Promise<number> {
    try {
      const queues = (await this.#cluster.admin.topic(this.topic)) ?? [];
      return queues.reduce((sum, { min, max }) => sum + max - min, 0);
    } catch {
      // The broker is being killed and started: it will tell later.
      return 0;
    }
  }

  async killWorkers(kills: number, random: () => number): Promise<void> {
    for (let kill = 0; kill < kills; kill += 1) {
      const worker = this.start();
      const before = await this.#count();
      const left = files * lines - before;
      await this.stored(before + 1 + Math.floor(random() * left * 0.5), worker.ended);
      await worker.kill();
    }
  }

  /** Kills the broker when so many messages are stored, and starts it again. */
  async killBrokerAt(count: number, ended: Promise<unknown>): Promise<void> {
    await this.stored(count, ended);
    await this.#rig.killBroker();
    await this.#rig.startBroker();
  }
}

const exactly = { lines: files * lines, twice: 0 };

export function crashSuite(name: string, rig: () => CrashRig, rounds: number): void {
  describe(`crashes with ${name}`, () => {
    for (let seed = 1; seed <= rounds; seed += 1) {
      test(`the worker killed four times, seed ${String(seed)}: every line once, in order`, async (t) => {
        const round = await Round.open(t, rig(), '');
        await round.killWorkers(4, randomFrom(seed));
        const last = await round.start().ended;
        assert.equal(last.code, 0, last.stderr);
        assert.deepEqual(await round.arrived(), { ...exactly, ordered: true });
      });
    }

    test('the same without order, spread over all queues: every line once', async (t) => {
      const round = await Round.open(t, rig(), '    order: none\n');
      await round.killWorkers(4, randomFrom(rounds + 1));
      const last = await round.start().ended;
      assert.equal(last.code, 0, last.stderr);
      const { lines: arrived, twice } = await round.arrived();
      assert.deepEqual({ lines: arrived, twice }, exactly);
    });

    test('the broker killed and started again under the worker: every line once, in order', async (t) => {
      const round = await Round.open(t, rig(), '');
      const worker = round.start();
      await round.killBrokerAt(10_000, worker.ended);
      await round.killBrokerAt(60_000, worker.ended);
      const ended = await worker.ended;
      assert.equal(ended.code, 0, ended.stderr);
      assert.deepEqual(await round.arrived(), { ...exactly, ordered: true });
    });

    test('both killed: every line once, in order', async (t) => {
      const round = await Round.open(t, rig(), '');
      const worker = round.start();
      await round.stored(20_000, worker.ended);
      await worker.kill();
      await rig().killBroker();
      await rig().startBroker();
      const last = await round.start().ended;
      assert.equal(last.code, 0, last.stderr);
      assert.deepEqual(await round.arrived(), { ...exactly, ordered: true });
    });

    test('delivery: at_least_once loses nothing, and says what it does', async (t) => {
      const round = await Round.open(t, rig(), '    delivery: at_least_once\n');
      await round.killWorkers(3, randomFrom(7));
      const last = await round.start().ended;
      assert.equal(last.code, 0, last.stderr);
      const { lines: arrived, twice } = await round.arrived();
      t.diagnostic(`${String(twice)} lines came twice`);
      assert.equal(arrived, exactly.lines);
    });
  });
}
