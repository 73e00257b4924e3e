/** A snapshot of a big table that is changed all the time, while the database is killed and a column is added. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Loads, ordersTable } from '../rig/change-load.js';
import { tableJob } from '../rig/table-job.js';
import { until } from '../rig/until.js';
import { countOf, type TableKillTarget } from './table-kill-suite.js';

const columns = ['id', 'name', 'amount', 'note', 'extra'] as const;
const deadline = { deadlineMs: 1_200_000, everyMs: 100 };

export function tableSnapshotSuite(
  target: TableKillTarget,
  nameserver: () => string,
  { rows, perSecond }: { readonly rows: number; readonly perSecond: number },
): void {
  test(`${target.plugin}: a snapshot of ${String(rows)} rows while ${String(perSecond)} changes a second go on`, async (t) => {
    const server = await target.start();
    t.after(() => server.stop());
    await server.sql(ordersTable);
    await server.sql(`INSERT INTO orders ${target.numbered(rows)}`);
    await server.sql(`CREATE TABLE ledger (id ${target.serial} PRIMARY KEY, amount int)`);
    await server.sql('CREATE TABLE ledger_copy (id bigint, amount int)');
    const job = await tableJob(t, { nameserver: nameserver(), plugin: target.plugin, url: server.url });
    const arrived = (count: number): Promise<true> =>
      until(
        `${String(count)} events`,
        async () => ((await job.changes()) >= count ? true : undefined),
        deadline,
      );
    const loads = new Loads({
      open: () => target.load(server),
      perSecond,
      firstId: rows,
      idsOfEach: 10_000_000,
    });

    const startedAt = performance.now();
    const worker = job.start();
    await loads.during(() => arrived(rows / 3).then(() => undefined));
    // A commit whose answer the load does not see would end it: so nothing is written in between.
    await server.kill();
    await server.start();
    await loads.during(async () => {
      await arrived((rows * 2) / 3);
      await server.sql('ALTER TABLE orders ADD COLUMN extra int');
      await server.sql('UPDATE orders SET extra = 7 WHERE id < 1000');
      await arrived(rows);
    });
    const snapshotMs = performance.now() - startedAt;
    await server.sql(`INSERT INTO orders (id, name) VALUES (-2, 'the last')`);
    await until('the last change', () => countOf(server, 'orders_copy', 'id = -2'), deadline);
    const totalMs = performance.now() - startedAt;
    worker.signal('SIGTERM');
    assert.equal((await worker.ended).code, 0, worker.output());

    const [expected, found] = [
      await server.sql(target.checksum('orders', columns)),
      await server.sql(target.checksum('orders_copy', columns)),
    ];
    assert.deepEqual(found, expected, 'the copy has the rows of the table, each once');
    assert.ok(loads.changes > 0, 'it was changed meanwhile');
    if (target.leftBehind !== null) {
      await job.cleanUp();
      assert.equal(Number((await server.sql(target.leftBehind))[0]?.n), 0, 'no slot, no publication');
    }
    const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
    t.diagnostic(
      `${String(rows)} rows and ${String(loads.changes)} changes: read after ${seconds(snapshotMs)}, written after ${seconds(totalMs)}`,
    );
  });
}
