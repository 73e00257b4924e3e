/** The changes of a real PostgreSQL in a topic: snapshot, kinds of change, kills, restarts, and what cannot work. */
import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { Client } from 'pg';
import { applied, cdcJob, countsOf, type CdcJob, type Counts, type Event } from '../rig/cdc-job.js';
import { ordersTable } from '../rig/change-load.js';
import { runCli } from '../rig/cli.js';
import { startEmbeddedRig, type EmbeddedRig } from '../rig/embedded-rig.js';
import { captureThroughKills } from '../rig/killed-capture.js';
import { postgresLoad } from '../rig/postgres-load.js';
import { startPostgres, type RealPostgres } from '../rig/postgres.js';
import { until } from '../rig/until.js';

let postgres: RealPostgres;
let broker: EmbeddedRig;
before(async () => {
  [postgres, broker] = await Promise.all([startPostgres(), startEmbeddedRig(540_000)]);
});
after(async () => {
  await Promise.all([postgres.stop(), broker.stop()]);
});

const jobFor = (t: TestContext, config: string): Promise<CdcJob> =>
  cdcJob(t, {
    nameserver: broker.nameserver,
    plugin: 'postgres',
    config: `{ url: "${postgres.url}", mode: cdc, ${config} }`,
  });

/** Drops it behind the test; the slot goes with `forget --cleanup`. */
async function table(t: TestContext, name: string, ddl: string): Promise<void> {
  await postgres.sql(ddl);
  t.after(() => postgres.sql(`DROP TABLE IF EXISTS ${name}`));
}

const slots = async (): Promise<unknown[]> =>
  (await postgres.sql('SELECT slot_name FROM pg_replication_slots')).map(({ slot_name: name }) => name);

const slotOf = ({ connector }: CdcJob): string => `rmq_connect_${connector.replaceAll('-', '_')}`;

describe('what becomes of changes', () => {
  test('rows, inserts, updates, deletes and truncates, with schema, key, transaction and time', async (t) => {
    await table(
      t,
      'shop_items',
      'CREATE TABLE shop_items (id int PRIMARY KEY, price numeric(8,2), tags text[])',
    );
    await postgres.sql(`INSERT INTO shop_items VALUES (1, 1.50, '{a}'), (2, NULL, NULL)`);
    const job = await jobFor(t, 'tables: [shop_items]');
    const worker = job.start();
    await job.arrived(2);
    await postgres.sql(`INSERT INTO shop_items VALUES (3, 9.99, '{}')`);
    await postgres.sql(`UPDATE shop_items SET price = 2 WHERE id = 1`);
    await postgres.sql(`UPDATE shop_items SET id = 4 WHERE id = 3`);
    await postgres.sql(`DELETE FROM shop_items WHERE id = 2`);
    await postgres.sql(`ALTER TABLE shop_items REPLICA IDENTITY FULL`);
    await postgres.sql(`UPDATE shop_items SET price = 3 WHERE id = 1`);
    await postgres.sql(`ALTER TABLE shop_items ADD COLUMN more bigint`);
    await postgres.sql(`INSERT INTO shop_items VALUES (5, 1, NULL, 9007199254740993)`);
    await postgres.sql(`TRUNCATE shop_items`);
    const events = await job.arrived(9);
    assert.deepEqual(
      events.map(({ op, key, before: old, after: row }) => [op, key, old, row]),
      [
        ['r', '1', null, { id: 1, price: '1.50', tags: ['a'] }],
        ['r', '2', null, { id: 2, price: null, tags: null }],
        ['c', '3', null, { id: 3, price: '9.99', tags: [] }],
        ['u', '1', null, { id: 1, price: '2.00', tags: ['a'] }],
        ['u', '4', { id: 3 }, { id: 4, price: '9.99', tags: [] }],
        ['d', '2', { id: 2 }, null],
        ['u', '1', { id: 1, price: '2.00', tags: ['a'] }, { id: 1, price: '3.00', tags: ['a'] }],
        ['c', '5', null, { id: 5, price: '1.00', tags: null, more: '9007199254740993' }],
        ['t', undefined, null, null],
      ],
    );
    const inserted = events[2]?.source ?? {};
    assert.equal(inserted.connector, 'postgres');
    assert.equal(inserted.db, 'shop');
    assert.equal(inserted.schema, 'public');
    assert.equal(inserted.table, 'shop_items');
    assert.ok(Math.abs(Number(inserted.ts_ms) - Date.now()) < 60_000, 'when it was committed');
    assert.match(String(inserted.lsn), /^[0-9A-F]+\/[0-9A-F]+$/);
    assert.deepEqual(JSON.parse(events[7]?.schema ?? ''), {
      name: 'public.shop_items',
      key: ['id'],
      fields: [
        { name: 'id', type: 'int32' },
        {
          name: 'price',
          type: 'decimal',
          precision: 8,
          scale: 2,
          native: { postgres: 'numeric(8,2)' },
          optional: true,
        },
        { name: 'tags', type: 'array', items: { type: 'string' }, optional: true },
        { name: 'more', type: 'int64', optional: true },
      ],
    });
    worker.signal('SIGTERM');
    assert.equal((await worker.ended).code, 0, worker.output());

    assert.ok((await slots()).includes(slotOf(job)));
    const forgotten = await job.cli<{ removed: string[] }>(
      'connectors',
      'forget',
      job.connector,
      '--cleanup',
      '--yes',
    );
    assert.deepEqual(forgotten.removed, [`replication slot ${slotOf(job)}`, `publication ${slotOf(job)}`]);
    assert.ok(!(await slots()).includes(slotOf(job)));
  });

  test('a large value that did not change is not in the log: it is named, and not null', async (t) => {
    await table(t, 'big', 'CREATE TABLE big (id int PRIMARY KEY, body text, n int)');
    const job = await jobFor(t, 'tables: [big], snapshot: never');
    await job.start().printed(/started with/);
    await until('the slot', async () => ((await slots()).includes(slotOf(job)) ? true : undefined));
    await postgres.sql(
      `ALTER TABLE big ALTER body SET STORAGE EXTERNAL; INSERT INTO big VALUES (1, repeat('x', 10000), 1)`,
    );
    await postgres.sql('UPDATE big SET n = 2');
    await postgres.sql('ALTER TABLE big REPLICA IDENTITY FULL');
    await postgres.sql('UPDATE big SET n = 3');
    const events = await job.arrived(3);
    assert.deepEqual(events[1]?.after, { id: 1, n: 2 });
    assert.deepEqual(
      events.map(({ unchanged }) => unchanged),
      [undefined, ['body'], undefined],
    );
    assert.equal(String(events[2]?.after?.body).length, 10_000);
  });
});

test('a reset with --cleanup: the slot is gone, and the tables are read anew', async (t) => {
  await table(t, 'reread', 'CREATE TABLE reread (id int PRIMARY KEY); INSERT INTO reread VALUES (1), (2)');
  const job = await jobFor(t, 'tables: [reread]');
  const worker = job.start();
  await job.arrived(2);
  worker.signal('SIGTERM');
  await worker.ended;
  const reset = ['offsets', 'reset', job.connector, '--cleanup'] as const;
  const planned = await job.cli<{ applied: boolean; removed: string[] }>(...reset);
  assert.deepEqual([planned.applied, planned.removed], [false, []]);
  assert.ok((await slots()).includes(slotOf(job)), 'nothing was changed without --yes');
  const { stderr } = await runCli([...reset, '--yes', '--data-dir', 'data'], { cwd: job.folder });
  for (const what of ['replication slot', 'publication'])
    assert.ok(stderr.includes(`deleted ${what} ${slotOf(job)}`), stderr);
  assert.match(stderr, /there is no way back/);
  assert.ok(!(await slots()).includes(slotOf(job)));
  job.start();
  const events = await job.arrived(4);
  assert.deepEqual(
    events.map(({ op, key }) => [op, key]),
    [
      ['r', '1'],
      ['r', '2'],
      ['r', '1'],
      ['r', '2'],
    ],
  );
});

describe('nothing is missing, nothing comes twice', () => {
  test('a snapshot while changes go on, and three kills: each change is there once, the tables are the same', async (t) => {
    await table(t, 'orders', ordersTable);
    await postgres.sql(`INSERT INTO orders SELECT n, 'name ' || n, n, NULL FROM generate_series(0, 4999) n`);
    const { events, changes } = await captureThroughKills(t, {
      target: await postgresLoad(postgres),
      sql: (statement) => postgres.sql(statement),
      openJob: () => jobFor(t, 'tables: [orders]'),
    });
    assertEachOnce(events, changes);
  });

  test('killed in the middle of the snapshot: it goes on behind what was sent, and no change is lost', async (t) => {
    await table(t, 'wide', 'CREATE TABLE wide (id int PRIMARY KEY, body text)');
    await postgres.sql(`INSERT INTO wide SELECT n, repeat('x', 500) FROM generate_series(1, 60000) n`);
    const job = await jobFor(t, 'tables: [wide]');
    const worker = job.start();
    await job.arrived(5_000);
    await worker.kill();
    const sent = await job.count();
    assert.ok(sent < 60_000, `${String(sent)} rows were sent before the kill: too late`);
    await postgres.sql('DELETE FROM wide WHERE id % 1000 = 0');
    await postgres.sql(`UPDATE wide SET body = 'new' WHERE id % 1000 = 1`);
    await postgres.sql(`INSERT INTO wide VALUES (0, 'the last')`);
    job.start();
    const events = await job.through('0');
    const rows = await postgres.sql('SELECT id, body FROM wide ORDER BY id');
    const found = [...applied(events)].sort(([a], [b]) => Number(a) - Number(b)).map(([, row]) => row);
    assert.deepEqual(found, rows);
    const { r, ...changes } = countsOf(events);
    assert.deepEqual(changes, { c: 1, u: 60, d: 60 });
    t.diagnostic(`${String(r)} rows read of 60000`);
  });

  test('the database is killed and started again: it goes on by itself', async (t) => {
    await table(t, 'kept', 'CREATE TABLE kept (id int PRIMARY KEY)');
    const job = await jobFor(t, 'tables: [kept]');
    job.start();
    await until('the slot', async () => ((await slots()).includes(slotOf(job)) ? true : undefined));
    await postgres.sql('INSERT INTO kept VALUES (1), (2)');
    await job.arrived(2);
    await postgres.kill();
    await postgres.start();
    await postgres.sql('INSERT INTO kept VALUES (3)');
    await job.arrived(3);
    await postgres.halt();
    await postgres.start();
    await postgres.sql('INSERT INTO kept VALUES (4)');
    const events = await job.arrived(4);
    assert.deepEqual(
      events.map(({ key }) => key),
      ['1', '2', '3', '4'],
    );
  });
});

test('a table that is dropped and made anew, or given its name, is captured again, and that is said', async (t) => {
  await table(t, 'remade', 'CREATE TABLE remade (id int PRIMARY KEY)');
  t.after(() => postgres.sql('DROP TABLE IF EXISTS remade_old'));
  const job = await jobFor(t, 'tables: [remade]');
  const worker = job.start();
  await until('the slot', async () => ((await slots()).includes(slotOf(job)) ? true : undefined));
  await postgres.sql('INSERT INTO remade VALUES (1)');
  await job.arrived(1);
  const published = async (): Promise<true | undefined> => {
    const [row] = await postgres.sql(
      `SELECT count(*)::int AS n FROM pg_publication_rel WHERE prrelid = 'remade'::regclass`,
    );
    return row?.n === 1 ? true : undefined;
  };
  await postgres.sql('DROP TABLE remade; CREATE TABLE remade (id int PRIMARY KEY)');
  await worker.printed(/public\.remade: not published until now/);
  await until('it to be published', published);
  await postgres.sql('INSERT INTO remade VALUES (2)');
  await job.arrived(2);
  await postgres.sql('ALTER TABLE remade RENAME TO remade_old; CREATE TABLE remade (id int PRIMARY KEY)');
  await until('the next one to be published', published);
  await postgres.sql('INSERT INTO remade VALUES (3)');
  const events = await job.arrived(3);
  assert.deepEqual(
    events.map(({ op, key }) => [op, key]),
    [
      ['c', '1'],
      ['c', '2'],
      ['c', '3'],
    ],
  );
});

test('it ends when it is told to, also while its slot waits for a transaction that does not end', async (t) => {
  await table(t, 'patient', 'CREATE TABLE patient (id int PRIMARY KEY)');
  const other = new Client({ connectionString: postgres.url });
  await other.connect();
  t.after(() => other.end());
  await other.query('BEGIN');
  await other.query('INSERT INTO patient VALUES (1)');
  const job = await jobFor(t, 'tables: [patient]');
  const worker = job.start();
  await until('the slot to wait', async () => {
    const [row] = await postgres.sql(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND backend_type = 'walsender'`,
    );
    return row?.n === 1 ? true : undefined;
  });
  const told = performance.now();
  worker.signal('SIGTERM');
  assert.equal((await worker.ended).code, 0, worker.output());
  assert.ok(performance.now() - told < 10_000);
  await other.query('COMMIT');
  const next = job.start();
  const events = await job.arrived(1);
  assert.deepEqual(
    events.map(({ op, key }) => [op, key]),
    [['r', '1']],
  );
  await next.kill();
});

describe('the log of the server', () => {
  test('of other tables is not kept for a slot that has nothing to send', async (t) => {
    await table(t, 'quiet', 'CREATE TABLE quiet (id int PRIMARY KEY)');
    await table(t, 'loud', 'CREATE TABLE loud (id int)');
    const job = await jobFor(t, 'tables: [quiet]');
    job.start();
    await until('the slot', async () => ((await slots()).includes(slotOf(job)) ? true : undefined));
    await postgres.sql('INSERT INTO loud SELECT generate_series(1, 100000)');
    const [at] = await postgres.sql('SELECT pg_current_wal_lsn() AS lsn');
    await until('the log to be let go of', async () => {
      const [row] = await postgres.sql(
        'SELECT confirmed_flush_lsn >= $1::pg_lsn AS passed FROM pg_replication_slots WHERE slot_name = $2',
        [at?.lsn, slotOf(job)],
      );
      return row?.passed === true ? true : undefined;
    });
  });
});

describe('what cannot work says what would mend it', () => {
  const failing = async (t: TestContext, config: string, url = postgres.url): Promise<string> => {
    const job = await cdcJob(t, {
      nameserver: broker.nameserver,
      plugin: 'postgres',
      config: `{ url: "${url}", mode: cdc, ${config} }`,
    });
    const worker = job.start(['--once']);
    await worker.printed(/error/);
    await worker.kill();
    return worker.output();
  };

  test('a table that is not there, and a user who may not replicate', async (t) => {
    assert.match(await failing(t, 'tables: [nowhere]'), /there is no table public\.nowhere/);
    await postgres.sql(`DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN`);
    const url = postgres.url.replace('postgres@', 'reader@');
    assert.match(
      await failing(t, 'tables: [nowhere]', url),
      /user reader may not replicate[^]*ALTER ROLE "reader" REPLICATION;/,
    );
  });
});

/** Rows of the snapshot may stand for changes before it; behind it each change is an event, and each event a change. */
function assertEachOnce(events: readonly Event[], changes: Counts): void {
  const { r, c, u, d } = countsOf(events);
  const logged = events.filter(({ op }) => op !== 'r');
  const places = new Set(logged.map(({ source }) => `${String(source.lsn)} ${String(source.seq)}`));
  assert.equal(places.size, logged.length, 'no change twice');
  // What was inserted before the snapshot's moment, and not deleted, was read by it.
  assert.ok(r >= 5_000 - changes.d);
  assert.ok(c - 1 <= changes.c && u <= changes.u && d <= changes.d, 'no event without a change');
  const live = 5_000 + changes.c + 1 - changes.d;
  assert.equal(r + c - d, live, 'no change without an event');
}
