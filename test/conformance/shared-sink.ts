/** One sink that several workers run: same job, each with a data directory and an output file of its own. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster, Queue } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { cliJson, startCli, type RunningCli } from '../rig/cli.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import type { OffsetsShow, TasksList } from '../rig/results.js';
import { sendPatiently } from '../rig/send-patiently.js';
import { until } from '../rig/until.js';

export const sharedQueues = 16;
const batch = 10;

/** How often each record is in the outputs. */
export interface Ledger {
  readonly sent: number;
  readonly missing: number;
  /** Copies beyond the first. */
  readonly twice: number;
}

/** Numbers sent into every queue without end, one batch in flight each. */
class Load {
  readonly #cluster: Cluster;
  readonly #queues: readonly Queue[];
  readonly #stop = new AbortController();
  /** Rejects when something could not be sent. */
  readonly ended: Promise<void>;
  /** How many each queue has for sure. */
  readonly sent = new Map<number, number>();
  #rounds = 0;

  constructor(cluster: Cluster, queues: readonly Queue[]) {
    this.#cluster = cluster;
    this.#queues = queues;
    this.ended = this.#run();
    // Told to whoever waits for something.
    this.ended.catch(() => undefined);
  }

  async #run(): Promise<void> {
    const producer = this.#cluster.producer('shared-load');
    for (let from = 0; !this.#stop.signal.aborted; from += batch) {
      await Promise.all(
        this.#queues.map(async (queue) => {
          const messages = Array.from({ length: batch }, (_, n) => ({
            body: Buffer.from(recordText(queue.queue, from + n)),
          }));
          await sendPatiently(producer, queue, messages);
          this.sent.set(queue.queue, from + batch);
        }),
      );
      this.#rounds += 1;
      await pause(20);
    }
  }

  /** Resolves when each queue has got a batch that was sent after this call, or the load has ended. */
  async nextRound(): Promise<void> {
    const before = this.#rounds;
    await until('a round of sends', () =>
      this.#stop.signal.aborted || this.#rounds > before + 1 ? true : undefined,
    );
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }
}

function recordText(queue: number, number: number): string {
  return `${String(queue)}:${String(number)}`;
}

export class SharedSink {
  readonly topic: string;
  readonly group: string;
  readonly load: Load;
  readonly #folder: string;
  readonly #cluster: Cluster;
  readonly #workers = new Map<string, RunningCli>();
  readonly #names = new Set<string>();
  #others: () => readonly string[] = () => [];

  private constructor(folder: string, cluster: Cluster, topic: string, queues: readonly Queue[]) {
    this.#folder = folder;
    this.#cluster = cluster;
    this.topic = topic;
    this.group = `${topic}-group`;
    this.load = new Load(cluster, queues);
  }

  static async open(nameserver: string, topic: string): Promise<SharedSink> {
    const folder = await ownedFolder('shared');
    const cluster = connectCluster({ nameservers: [nameserver] });
    await cluster.admin.createTopic({ topic, queues: sharedQueues });
    const queues = await cluster.producer('shared-load').queues(topic);
    const text = `name: shared
rocketmq: { nameserver: "${nameserver}" }
connectors:
  share:
    sink: file
    topics: [${topic}]
    group: ${topic}-group
    tasks: 3
    format: text
    config: { path: "./out-\${WORKER}.txt" }
`;
    await writeFile(join(folder, 'shared.yaml'), text);
    return new SharedSink(folder, cluster, topic, queues);
  }

  start(name: string): void {
    this.#names.add(name);
    const worker = startCli(['run', 'shared.yaml', '--data-dir', this.#dataDir(name)], {
      cwd: this.#folder,
      env: { WORKER: name },
      deadlineMs: 600_000,
    });
    this.#workers.set(name, worker);
  }

  /** SIGTERM; rejects unless it ends well. */
  async stop(name: string): Promise<void> {
    const worker = this.#worker(name);
    worker.signal('SIGTERM');
    const { code } = await worker.ended;
    if (code !== 0) throw new Error(`worker ${name} ended with ${String(code)}:\n${worker.output()}`);
  }

  async kill(name: string): Promise<void> {
    await this.#worker(name).kill();
  }

  /** What it has printed. */
  output(name: string): string {
    return this.#worker(name).output();
  }

  tasks(name: string): Promise<TasksList> {
    return cliJson(['tasks', 'list', '--data-dir', this.#dataDir(name)], this.#at(name));
  }

  offsets(name: string): Promise<OffsetsShow> {
    return cliJson(['offsets', 'show', '--data-dir', this.#dataDir(name)], this.#at(name));
  }

  /** Resolves when the worker has written that many more records than now. */
  async writes(name: string, records: number): Promise<void> {
    const before = (await this.written(name)).length;
    await this.#until(
      `${String(records)} records of ${name}`,
      async () => ((await this.written(name)).length >= before + records ? true : undefined),
      { deadlineMs: 60_000, everyMs: 100 },
    );
  }

  /**
   * Resolves when all that has been sent by now is in the outputs, and, while there is load, something more of
   * every queue; with the milliseconds that took.
   */
  async catchesUp(deadlineMs: number): Promise<number> {
    const startedAt = performance.now();
    await this.load.nextRound();
    const sent = new Map(this.load.sent);
    await this.#until(
      'everything sent to be written',
      async () => ((await this.#compare(sent)).missing === 0 ? true : undefined),
      { deadlineMs, everyMs: 200 },
    );
    return performance.now() - startedAt;
  }

  ledger(): Promise<Ledger> {
    return this.#compare(this.load.sent);
  }

  /** Records that members other than its workers have taken count as written. */
  alsoTakenBy(others: () => readonly string[]): void {
    this.#others = others;
  }

  /** Sends one record more, outside of the load; it is not in the ledger. */
  async send(queue: number, body: string): Promise<void> {
    const producer = this.#cluster.producer('shared-load');
    const at = (await producer.queues(this.topic)).find((other) => other.queue === queue);
    if (at === undefined) throw new Error(`${this.topic} has no queue ${String(queue)}`);
    await producer.send(at, [{ body: Buffer.from(body) }]);
  }

  /** Kills what runs, and takes everything away. */
  async close(): Promise<void> {
    await this.load.stop().catch(() => undefined);
    await Promise.all([...this.#workers.values()].map((worker) => worker.kill()));
    await this.#cluster.admin.deleteTopic(this.topic);
    await this.#cluster.close();
    await removeFolder(this.#folder);
  }

  /** A load that failed ends the waiting. */
  async #until(...args: Parameters<typeof until<true>>): Promise<void> {
    const failed = new Promise<never>((_resolve, reject) => {
      this.load.ended.catch(reject);
    });
    await Promise.race([until(...args), failed]);
  }

  async #compare(sent: ReadonlyMap<number, number>): Promise<Ledger> {
    const times = new Map<string, number>();
    for (const name of this.#names) {
      for (const record of await this.written(name)) times.set(record, (times.get(record) ?? 0) + 1);
    }
    for (const record of this.#others()) times.set(record, (times.get(record) ?? 0) + 1);
    let missing = 0;
    let total = 0;
    for (const [queue, count] of sent) {
      total += count;
      for (let n = 0; n < count; n++) if (!times.has(recordText(queue, n))) missing += 1;
    }
    const twice = [...times.values()].reduce((sum, copies) => sum + copies - 1, 0);
    return { sent: total, missing, twice };
  }

  /** What the worker has written. Whole lines only: the last one may be torn. */
  async written(name: string): Promise<string[]> {
    const text = await readFile(join(this.#folder, `out-${name}.txt`), 'utf8').catch(() => '');
    return text.split('\n').slice(0, -1);
  }

  #at(name: string): { cwd: string; env: Record<string, string> } {
    return { cwd: this.#folder, env: { WORKER: name } };
  }

  #dataDir(name: string): string {
    return join(this.#folder, `data-${name}`);
  }

  #worker(name: string): RunningCli {
    const worker = this.#workers.get(name);
    if (worker === undefined) throw new Error(`there is no worker ${name}`);
    return worker;
  }
}
