/** A worker that copies two tables through topics into two others: one by its changes, one by its new rows. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { runCli, startCli, type RunningCli } from './cli.js';
import { ownedFolder, removeFolder } from './owned.js';

export interface TableJob {
  /** Starts the worker; the one before has ended. */
  start(): RunningCli;
  /** How many messages are in the topic of the changes, and of the rows. */
  changes(): Promise<number>;
  rows(): Promise<number>;
  /** Has the source of the changes forget where it was, and delete what it has made in the database. */
  cleanUp(): Promise<void>;
}

let jobs = 0;

/** `orders` is captured into `orders_copy`, which is made; `ledger` is read by its `id` into `ledger_copy`. */
export async function tableJob(
  t: TestContext,
  { nameserver, plugin, url }: { readonly nameserver: string; readonly plugin: string; readonly url: string },
): Promise<TableJob> {
  const folder = await ownedFolder('tables');
  const name = `${plugin}-${String(process.pid)}-${String((jobs += 1))}`;
  const [changes, rows] = [`${name}-changes`, `${name}-rows`];
  const cluster = connectCluster({ nameservers: [nameserver] });
  let worker: RunningCli | null = null;
  t.after(async () => {
    await worker?.kill();
    await cluster.close();
    await removeFolder(folder);
  });
  const connector = (kind: 'source' | 'sink', topic: string, config: object): object => ({
    [kind]: plugin,
    topic,
    format: 'json',
    max_restarts: 1_000,
    config: { url, ...config },
  });
  await writeFile(
    join(folder, 'job.yaml'),
    JSON.stringify({
      rocketmq: { nameserver },
      connectors: {
        [`${changes}-in`]: connector('source', changes, { mode: 'cdc', tables: ['orders'] }),
        [`${changes}-out`]: connector('sink', changes, {
          ...{ table: 'orders_copy', mode: 'upsert', create_table: true, add_columns: true },
        }),
        [`${rows}-in`]: connector('source', rows, {
          ...{ mode: 'incrementing', table: 'ledger', column: 'id', poll_ms: 50, lag_ms: 200 },
        }),
        [`${rows}-out`]: connector('sink', rows, { table: 'ledger_copy', mode: 'insert' }),
      },
    }),
  );
  const messages = async (topic: string): Promise<number> =>
    ((await cluster.admin.topic(topic)) ?? []).reduce((sum, { min, max }) => sum + max - min, 0);
  return {
    start: () => {
      worker = startCli(['run', 'job.yaml', '--data-dir', 'data'], { cwd: folder, deadlineMs: 900_000 });
      return worker;
    },
    changes: () => messages(changes),
    rows: () => messages(rows),
    cleanUp: async () => {
      const reset = ['offsets', 'reset', `${changes}-in`, '--cleanup', '--yes', '--data-dir', 'data'];
      const { code, stderr } = await runCli(reset, { cwd: folder });
      if (code !== 0) throw new Error(`offsets reset ended with ${String(code)}\n${stderr}`);
    },
  };
}
