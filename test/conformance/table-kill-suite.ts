/** Table to topic to table while the worker is killed again and again, the database once, and a column is added. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Loads, ordersTable, type OpenLoadTarget } from '../rig/change-load.js';
import type { DatabaseServer } from '../rig/database.js';
import { randomFrom } from '../rig/kill-plan.js';
import { tableJob } from '../rig/table-job.js';
import { until } from '../rig/until.js';

/** A database, and what it writes otherwise than others. */
export interface TableKillTarget {
  readonly plugin: string;
  start(): Promise<TableKillServer>;
  load(server: TableKillServer): Promise<OpenLoadTarget>;
  /** The type of a column that numbers its rows. */
  readonly serial: string;
  /** A SELECT of so many rows of `orders`, with the ids from 0 on. */
  numbered(count: number): string;
  /** How many slots and publications there are; null: the database has no such things. */
  readonly leftBehind: string | null;
  /** One row with the column `sum`: the same for the same rows, whatever their order. */
  checksum(table: string, columns: readonly string[]): string;
}

export interface TableKillServer extends DatabaseServer {
  sql(text: string): Promise<Record<string, unknown>[]>;
}

export interface TableKills {
  readonly kills: number;
  /** Changes between two kills, at the most. */
  readonly mostChanges: number;
  readonly perSecond: number;
}

const columns = ['id', 'name', 'amount', 'note', 'extra'] as const;
const deadline = { deadlineMs: 120_000, everyMs: 20 };

export function tableKillSuite(
  target: TableKillTarget,
  nameserver: () => string,
  { kills, mostChanges, perSecond }: TableKills,
): void {
  test(`${target.plugin}: ${String(kills)} kills of the worker, one of the database: each change once, the tables are the same`, async (t) => {
    const seed = Date.now() % 100_000;
    t.diagnostic(`seed ${String(seed)}`);
    const random = randomFrom(seed);
    const server = await target.start();
    t.after(() => server.stop());
    await server.sql(ordersTable);
    await server.sql(`CREATE TABLE ledger (id ${target.serial} PRIMARY KEY, amount int)`);
    // Without a key: what came twice would be there twice.
    await server.sql('CREATE TABLE ledger_copy (id bigint, amount int)');
    await server.sql(`INSERT INTO orders VALUES (-1, 'the first', NULL, NULL)`);
    const job = await tableJob(t, { nameserver: nameserver(), plugin: target.plugin, url: server.url });
    let worker = job.start();
    await until('the first row', () => countOf(server, 'orders_copy', 'id = -1'), deadline);

    const loads = new Loads({
      open: async () => withLedger(await target.load(server)),
      perSecond,
      firstId: 0,
      idsOfEach: 1_000_000,
    });
    const round = async (): Promise<void> => {
      const from = await job.changes();
      const more = 1 + Math.floor(random() * mostChanges);
      await until(`${String(more)} changes`, async () => reached(await job.changes(), from + more), deadline);
      await worker.kill();
      worker = job.start();
    };
    const half = Math.ceil(kills / 2);
    await loads.during(async () => {
      for (let kill = 0; kill < half; kill += 1) await round();
    });
    // A commit whose answer the load does not see would be miscounted: so nothing is written in between.
    await server.kill();
    await server.start();
    await loads.during(async () => {
      await server.sql('ALTER TABLE orders ADD COLUMN extra int');
      await server.sql(`UPDATE orders SET extra = 7 WHERE id = -1`);
      for (let kill = half; kill < kills; kill += 1) await round();
    });
    await server.sql(`INSERT INTO orders (id, name) VALUES (-2, 'the last')`);
    await server.sql('INSERT INTO ledger (amount) VALUES (-2)');
    await until('the last change', () => countOf(server, 'orders_copy', 'id = -2'), deadline);
    await until('the last row', () => countOf(server, 'ledger_copy', 'amount = -2'), deadline);
    worker.signal('SIGTERM');
    assert.equal((await worker.ended).code, 0, worker.output());

    for (const [table, its] of [
      ['orders', columns],
      ['ledger', ['id', 'amount']],
    ] as const) {
      const [source, copy] = [table, `${table}_copy`].map((name) => target.checksum(name, its));
      const [expected, found] = [await server.sql(source ?? ''), await server.sql(copy ?? '')];
      assert.deepEqual(found, expected, `${table}_copy is ${table}`);
    }
    // The first row was read, the last one inserted, the first one updated.
    assert.equal(await job.changes(), 3 + loads.changes, 'an event for each change');
    assert.equal(await job.rows(), await countOf(server, 'ledger', '0 = 0'), 'a message for each row');
    t.diagnostic(`${String(await job.changes())} changes, ${String(await job.rows())} rows`);
  });
}

const reached = (count: number, wanted: number): true | undefined => (count >= wanted ? true : undefined);

/** Undefined where there is none. */
export async function countOf(
  server: TableKillServer,
  table: string,
  where: string,
): Promise<number | undefined> {
  const [row] = await server.sql(`SELECT count(*) AS n FROM ${table} WHERE ${where}`);
  const n = Number(row?.n);
  return n > 0 ? n : undefined;
}

/** A row of the ledger in each transaction. */
const withLedger = (target: OpenLoadTarget): OpenLoadTarget => ({
  transaction: (statements, end) =>
    target.transaction(
      [...statements, `INSERT INTO ledger (amount) VALUES (${String(statements.length)})`],
      end,
    ),
  close: () => target.close(),
});
