/** The changes of a real MariaDB in a topic: snapshot, kinds of change, types, kills, restarts. */
import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { BinlogStream } from '../../connectors/mysql/cdc/binlog-stream.js';
import { source } from '../../connectors/mysql/source.js';
import type { JsonObject, SourceTask } from '../../src/sdk/index.js';
import { CuttableProxy } from '../conformance/cuttable-proxy.js';
import { cdcJob, countsOf, type CdcJob } from '../rig/cdc-job.js';
import { ordersTable } from '../rig/change-load.js';
import { startEmbeddedRig, type EmbeddedRig } from '../rig/embedded-rig.js';
import { captureThroughKills } from '../rig/killed-capture.js';
import { mariadbLoad } from '../rig/mariadb-load.js';
import { startMariadb, type RealMariadb } from '../rig/mariadb.js';

let mariadb: RealMariadb;
let broker: EmbeddedRig;
before(async () => {
  [mariadb, broker] = await Promise.all([startMariadb(), startEmbeddedRig(540_000)]);
});
after(async () => {
  await Promise.all([mariadb.stop(), broker.stop()]);
});

const jobFor = (t: TestContext, config: string): Promise<CdcJob> =>
  cdcJob(t, {
    nameserver: broker.nameserver,
    plugin: 'mysql',
    config: `{ url: "${mariadb.url}", mode: cdc, ${config} }`,
  });

test('rows, inserts, updates, deletes and truncates, and a table that changes; and it ends when asked', async (t) => {
  await mariadb.sql('CREATE TABLE items (id int PRIMARY KEY, price decimal(8,2), name varchar(20))');
  await mariadb.sql(`INSERT INTO items VALUES (1, 1.50, 'é'), (2, NULL, NULL)`);
  const job = await jobFor(t, 'tables: [items]');
  const worker = job.start();
  await job.arrived(2);
  await mariadb.sql(`INSERT INTO items VALUES (3, 9.99, ''), (4, -0.05, 'x')`);
  await mariadb.sql('UPDATE items SET price = 2 WHERE id = 1');
  await mariadb.sql('UPDATE items SET id = 5 WHERE id = 3');
  await mariadb.sql('DELETE FROM items WHERE id = 2');
  await mariadb.sql('ALTER TABLE items ADD COLUMN more bigint unsigned');
  await mariadb.sql(`INSERT INTO items VALUES (6, 1, NULL, 18446744073709551615)`);
  await mariadb.sql('TRUNCATE TABLE items');
  const events = await job.arrived(9);
  assert.deepEqual(
    events.map(({ op, key, before: old, after: row }) => [op, key, old, row]),
    [
      ['r', '1', null, { id: 1, price: '1.50', name: 'é' }],
      ['r', '2', null, { id: 2, price: null, name: null }],
      ['c', '3', null, { id: 3, price: '9.99', name: '' }],
      ['c', '4', null, { id: 4, price: '-0.05', name: 'x' }],
      ['u', '1', { id: 1, price: '1.50', name: 'é' }, { id: 1, price: '2.00', name: 'é' }],
      ['u', '5', { id: 3, price: '9.99', name: '' }, { id: 5, price: '9.99', name: '' }],
      ['d', '2', { id: 2, price: null, name: null }, null],
      ['c', '6', null, { id: 6, price: '1.00', name: null, more: '18446744073709551615' }],
      ['t', undefined, null, null],
    ],
  );
  const inserted = events[3]?.source ?? {};
  assert.equal(inserted.connector, 'mysql');
  assert.equal(inserted.db, 'shop');
  assert.equal(inserted.row, 1);
  assert.match(String(inserted.gtid), /^0-1-\d+$/);
  assert.ok(Math.abs(Number(inserted.ts_ms) - Date.now()) < 60_000, 'when it was committed');
  worker.signal('SIGTERM');
  assert.equal((await worker.ended).code, 0, worker.output());
});

test('every type is the same from a query and from the binlog', async (t) => {
  await mariadb.sql(`CREATE TABLE types (
    id int PRIMARY KEY, t tinyint, tu tinyint unsigned, s smallint, m mediumint, mu mediumint unsigned, iu int unsigned,
    b bigint, d decimal(30,10), z decimal(6,2) zerofill, f float, g double, bits bit(11), y year, da date, ti time(3), dt datetime(6), ts timestamp(2) NULL,
    c char(5), l varchar(20) CHARACTER SET latin1, tx text, bi binary(4), vb varbinary(9), bl blob,
    e enum('a,b','it''s','c'), se set('x','y','z'), j json, u uuid, i4 inet4, i6 inet6, p point)`);
  const row = (
    id: number,
  ): string => `INSERT INTO types VALUES (${String(id)}, -128, 255, -32768, -8388608, 16777215, 4294967295,
    -9223372036854775808, -12345678901234567890.0123456789, 7.5, 1.1, 0.1, b'10000000001', 1999, '2026-01-31', '-838:59:58.125', '2026-01-31 08:00:00.123456', '2026-01-31 08:00:00.5',
    'ab', 'grüße', '日本', x'0100', x'00ff00', x'00', 'it''s', 'x,z', '{"a": 1}', '6ccd780c-baba-1026-9564-5b8c656024db', '10.0.0.1', '2001:db8::1', POINT(1, 2))`;
  const empty = (id: number): string =>
    `INSERT INTO types (id, e, dt, ts, ti, y, d) VALUES (${String(id)}, '', '0000-00-00', 0, '00:00:00', 0, 0)`;
  const zero = (id: number): string =>
    `INSERT INTO types (id, da, i6, ti, dt) VALUES (${String(id)}, '0000-00-00', '::', '-00:00:00.001', '9999-12-31 23:59:59.999999')`;
  const inserts = (from: number): string =>
    `SET sql_mode = '', time_zone = '+00:00'; ${[row, empty, zero].map((make, n) => make(from + n)).join('; ')}`;
  await mariadb.sql(inserts(0));
  const job = await jobFor(t, 'tables: [types]');
  job.start();
  await job.arrived(3);
  await mariadb.sql(inserts(3));
  const rows = (await job.arrived(6)).map(({ after: image }) => ({ ...image, id: 0 }));
  assert.deepEqual(rows.slice(3), rows.slice(0, 3));
  const [first] = rows as Record<string, unknown>[];
  assert.equal(first?.b, '-9223372036854775808');
  assert.equal(first.d, '-12345678901234567890.0123456789');
  assert.equal(first.f, 1.1);
  assert.equal(first.ts, '2026-01-31T08:00:00.50Z');
  assert.equal(first.e, "it's");
  assert.equal(first.u, '6ccd780c-baba-1026-9564-5b8c656024db');
});

describe('nothing is missing, nothing comes twice', () => {
  test('a snapshot while changes go on, and three kills: each change is there once, the tables are the same', async (t) => {
    await mariadb.sql(ordersTable);
    await mariadb.sql(`INSERT INTO orders SELECT seq, CONCAT('name ', seq), seq, NULL FROM seq_0_to_4999`);
    const { events, changes } = await captureThroughKills(t, {
      target: await mariadbLoad(mariadb),
      sql: (statement) => mariadb.sql(statement),
      openJob: () => jobFor(t, 'tables: [orders]'),
    });
    const logged = events.filter(({ op }) => op !== 'r');
    const places = new Set(
      logged.map(({ source }) => `${String(source.file)} ${String(source.pos)} ${String(source.row)}`),
    );
    assert.equal(places.size, logged.length, 'no change twice');
    const { r, c, d } = countsOf(events);
    assert.equal(r + c - d, 5_000 + changes.c + 1 - changes.d, 'no change without an event');
  });

  test('the database is killed and started again: it goes on by itself', async (t) => {
    await mariadb.sql('CREATE TABLE kept (id int PRIMARY KEY); INSERT INTO kept VALUES (0)');
    const job = await jobFor(t, 'tables: [kept]');
    job.start();
    await job.arrived(1);
    await mariadb.sql('INSERT INTO kept VALUES (1), (2)');
    await job.arrived(3);
    await mariadb.kill();
    await mariadb.start();
    await mariadb.sql('INSERT INTO kept VALUES (3)');
    const events = await job.arrived(4);
    assert.deepEqual(
      events.map(({ key }) => key),
      ['0', '1', '2', '3'],
    );
  });
});

/** A task that goes on at a position. */
async function openedAt(t: TestContext, table: string, position: JsonObject): Promise<SourceTask> {
  await mariadb.sql(`CREATE TABLE ${table} (id int PRIMARY KEY)`);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const anew = (): Promise<void> => Promise.resolve();
  const context = { connector: table, baseDir: '.', once: false, log, task: 0, anew };
  const config = source.spec.parse({ url: mariadb.url, mode: 'cdc', tables: [table] });
  const connector = await source.start(config, context);
  const task = await connector.open({}, context, new Map([['binlog', position]]));
  t.after(async () => {
    await task.close();
    await connector.close();
  });
  return task;
}

test('a binlog that was purged is a gap, and said so', async (t) => {
  const task = await openedAt(t, 'gone', { file: 'binlog.000000', pos: 4, row: -1 });
  await assert.rejects(task.read(AbortSignal.timeout(20_000)), {
    code: 'config',
    message: /changes are lost/,
  });
});

test('the binlog of another server is not gone on with, and that is said', async (t) => {
  const [end] = await mariadb.sql('SHOW MASTER STATUS');
  const place = { file: String(end?.File), pos: Number(end?.Position) };
  const task = await openedAt(t, 'elsewhere', { ...place, server: 99, row: -1 });
  await assert.rejects(task.read(AbortSignal.timeout(20_000)), {
    code: 'config',
    message: /is that of server 1, and .* was read from server 99/,
  });
  const same = await openedAt(t, 'here', { ...place, server: 1, row: -1 });
  await mariadb.sql('INSERT INTO here VALUES (1)');
  const batch = await same.read(AbortSignal.timeout(20_000));
  assert.equal((batch?.records[0]?.position as JsonObject).server, 1);
});

test('a server that fell silent is not listened to for ever', async (t) => {
  const proxy = await CuttableProxy.before(`127.0.0.1:${String(mariadb.port)}`);
  t.after(() => proxy.close());
  const [end] = await mariadb.sql('SHOW MASTER STATUS');
  const from = { file: String(end?.File), pos: Number(end?.Position) };
  const url = mariadb.url.replace(/@[^/]+/, `@${proxy.address}`);
  const captured = { tables: [], snapshot: 'never', schema: 'none', baseDir: '.' } as const;
  const config = { ...captured, url, timeout_ms: 5_000, statement_timeout_ms: 5_000 };
  const stream = await BinlogStream.open(config, { serverId: 4_242, from, silenceMs: 3_000 });
  t.after(() => {
    stream.close();
  });
  const signal = AbortSignal.timeout(20_000);
  const listen = async (): Promise<never> => {
    for (;;) {
      while (stream.take() !== undefined);
      await stream.ready(signal);
      signal.throwIfAborted();
    }
  };
  const listening = listen();
  listening.catch(() => undefined);
  proxy.hush();
  await assert.rejects(listening, { code: 'unreachable', message: /no sign of life for 3 s/ });
});

test('rows that were changed by a statement in the binlog are not passed over in silence', async (t) => {
  await mariadb.sql('CREATE TABLE stated (id int PRIMARY KEY); INSERT INTO stated VALUES (0)');
  const job = await jobFor(t, 'tables: [stated]');
  const worker = job.start();
  await job.arrived(1);
  await mariadb.sql(`SET SESSION binlog_format = 'STATEMENT'; INSERT INTO stated VALUES (1)`);
  await worker.printed(/changes table shop\.stated, and not its rows/);
});

test('a statement that does not look like one alters a table: it is looked at again', async (t) => {
  await mariadb.sql('CREATE TABLE veiled (id int PRIMARY KEY); INSERT INTO veiled VALUES (0)');
  const job = await jobFor(t, 'tables: [veiled]');
  job.start();
  await job.arrived(1);
  await mariadb.sql('INSERT INTO veiled VALUES (1)');
  await job.arrived(2);
  await mariadb.sql('SET STATEMENT max_statement_time = 60 FOR ALTER TABLE veiled ADD COLUMN n int');
  await mariadb.sql('INSERT INTO veiled VALUES (2, 5)');
  const events = await job.arrived(3);
  assert.deepEqual(events[2]?.after, { id: 2, n: 5 });
});
