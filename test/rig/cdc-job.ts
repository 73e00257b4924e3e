/** A worker that captures the changes of a database into a topic, and what has arrived there. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Cluster } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { cliJson, startCli, type RunningCli } from './cli.js';
import { ownedFolder, removeFolder } from './owned.js';
import { until } from './until.js';

export interface Event {
  readonly op: 'c' | 'u' | 'd' | 'r' | 't';
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly source: Readonly<Record<string, unknown>>;
  readonly unchanged?: readonly string[];
  readonly key: string | undefined;
  /** Text of the property that carries it. */
  readonly schema: string | undefined;
}

export interface CdcJob {
  readonly connector: string;
  readonly folder: string;
  readonly dataDir: string;
  start(args?: readonly string[]): RunningCli;
  /** Runs a command on its data directory. */
  cli<Result>(...args: readonly string[]): Promise<Result>;
  events(): Promise<readonly Event[]>;
  /** Resolves with all events when there are so many. */
  arrived(count: number, deadlineMs?: number): Promise<readonly Event[]>;
  /** Resolves with all events once the last of them has this key. */
  through(key: string): Promise<readonly Event[]>;
  /** How many messages are in the topic. */
  count(): Promise<number>;
}

let jobs = 0;

/** `config` is YAML of the source's `config:`, in one line. */
export async function cdcJob(
  t: TestContext,
  {
    nameserver,
    plugin,
    config,
  }: { readonly nameserver: string; readonly plugin: string; readonly config: string },
): Promise<CdcJob> {
  const folder = await ownedFolder('cdc');
  const connector = `cdc-${String(process.pid)}-${String((jobs += 1))}`;
  const cluster = connectCluster({ nameservers: [nameserver] });
  const workers: RunningCli[] = [];
  t.after(async () => {
    for (const worker of workers) await worker.kill();
    await cluster.close();
    await removeFolder(folder);
  });
  await writeFile(
    join(folder, 'job.yaml'),
    `rocketmq: { nameserver: "${nameserver}" }
connectors:
  ${connector}:
    source: ${plugin}
    topic: ${connector}
    format: json
    config: ${config}
`,
  );
  const count = async (): Promise<number> => {
    const queues = (await cluster.admin.topic(connector)) ?? [];
    return queues.reduce((sum, { min, max }) => sum + max - min, 0);
  };
  const job: CdcJob = {
    connector,
    folder,
    dataDir: join(folder, 'data'),
    start: (args = []) => {
      const worker = startCli(['run', 'job.yaml', '--data-dir', 'data', ...args], { cwd: folder });
      workers.push(worker);
      return worker;
    },
    cli: (...args) => cliJson([...args, '--data-dir', 'data'], { cwd: folder }),
    events: () => eventsOf(cluster, connector),
    count,
    through: (key) =>
      until(
        `the change of ${key} in ${connector}`,
        async () => {
          const events = await eventsOf(cluster, connector);
          return events.at(-1)?.key === key ? events : undefined;
        },
        { everyMs: 500 },
      ),
    arrived: async (wanted, deadlineMs = 30_000) => {
      await until(
        `${String(wanted)} events in ${connector}`,
        async () => ((await count()) >= wanted ? true : undefined),
        { deadlineMs, everyMs: 100 },
      );
      return eventsOf(cluster, connector);
    },
  };
  return job;
}

/** In the order of the one queue that they are in. */
async function eventsOf(cluster: Cluster, topic: string): Promise<readonly Event[]> {
  const events: Event[] = [];
  for (const queue of (await cluster.admin.topic(topic)) ?? []) {
    for (let offset = queue.min; offset < queue.max;) {
      const messages = await cluster.admin.peek(queue, offset, 1_024);
      for (const { body, key, properties } of messages) {
        const value = JSON.parse(body.toString()) as Omit<Event, 'key' | 'schema'>;
        events.push({ ...value, key, schema: properties['connect.schema'] });
      }
      offset += messages.length;
    }
  }
  return events;
}

/** The rows that a table has whose changes these are, by key: what a sink that upserts would have made of them. */
export function applied(events: readonly Event[]): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const rows = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { op, before, after, key = '' } of events) {
    if (op === 't') rows.clear();
    else if (op === 'd') rows.delete(key);
    else if (after !== null) {
      if (before !== null && JSON.stringify(before.id) !== key) rows.delete(JSON.stringify(before.id));
      rows.set(key, { ...rows.get(key), ...after });
    }
  }
  return rows;
}

export interface Counts {
  c: number;
  u: number;
  d: number;
}

export function countsOf(events: readonly Event[]): Counts & { r: number } {
  const counts = { c: 0, u: 0, d: 0, r: 0 };
  for (const { op } of events) if (op !== 't') counts[op] += 1;
  return counts;
}
