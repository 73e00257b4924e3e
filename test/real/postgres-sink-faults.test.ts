/** What may happen to a table, and to the server, while a sink writes. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { Client } from 'pg';
import postgres from '../../connectors/postgres/index.js';
import type { JsonObject, SinkTask } from '../../src/sdk/index.js';
import { sinkContext, sinkRecord } from '../../src/sdk/acceptance/index.js';
import { CuttableProxy } from '../conformance/cuttable-proxy.js';
import { refusedBy } from '../rig/refused.js';
import { scratchPostgres } from '../rig/scratch-postgres.js';
import { until } from '../rig/until.js';

const { sink: plugin } = postgres;
assert.ok(plugin !== undefined);
const signal = (): AbortSignal => AbortSignal.timeout(20_000);

const opened = async (t: TestContext, config: JsonObject): Promise<SinkTask> => {
  const context = sinkContext(process.cwd(), 'exactly_once');
  const connector = await plugin.start(plugin.spec.parse(config), context);
  t.after(() => connector.close());
  return await connector.open({ ...context, task: 0 });
};

/** Writes one row after the other, each with its offset. */
function writer(task: SinkTask): (...rows: readonly JsonObject[]) => Promise<void> {
  let offset = 0;
  return async (...rows) => {
    const records = rows.map((value, at) => sinkRecord({ value, offset: offset + at }));
    const upTo = { topic: 't', broker: 'b', queue: 0, offset: offset + rows.length, mark: null };
    await task.write(records, signal(), [upTo]);
    offset += rows.length;
  };
}

for (const mode of ['insert', 'upsert', 'update']) {
  it(`${mode}: a table that is altered under it is looked at again, and no record is blamed for that`, async (t) => {
    const database = await scratchPostgres(t);
    await database.sql('CREATE TABLE t (id int PRIMARY KEY, name text, n smallint)');
    if (mode === 'update') await database.sql('INSERT INTO t SELECT generate_series(1, 9)');
    const write = writer(await opened(t, { url: database.url, table: 't', mode }));
    await write({ id: 1, name: 'a', n: 1 });
    await database.sql('ALTER TABLE t ADD COLUMN more text');
    await write({ id: 2, name: 'b', n: 1, more: 'x' });
    await database.sql('ALTER TABLE t ALTER n TYPE bigint');
    await write({ id: 3, name: 'c', n: 5_000_000_000 });
    await database.sql('ALTER TABLE t ALTER n TYPE text');
    await write({ id: 4, name: 'd', n: 'many' });
    await database.sql('ALTER TABLE t DROP COLUMN name');
    const refused = await refusedBy(write({ id: 5, n: 'x' }, { id: 6, name: 'f', n: 'x' }));
    assert.deepEqual(
      refused.map(({ index, error }) => [index, error.message]),
      [[1, 'table t has no column name']],
    );
    await database.sql('DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY, other text)');
    if (mode === 'update') await database.sql('INSERT INTO t VALUES (7)');
    await write({ id: 7, other: 'g' });
    assert.deepEqual(await database.sql('SELECT id::int, other FROM t'), [{ id: 7, other: 'g' }]);
  });
}

it('batches with bad records leave no temporary tables behind', async (t) => {
  const database = await scratchPostgres(t);
  await database.sql('CREATE TABLE t (id int PRIMARY KEY, name varchar(5))');
  const write = writer(await opened(t, { url: database.url, table: 't', mode: 'upsert' }));
  for (let id = 0; id < 20; id += 2) {
    assert.equal((await refusedBy(write({ id, name: 'ok' }, { id: id + 1, name: 'too long' }))).length, 1);
    await write({ id, name: 'ok' });
  }
  const [left] = await database.sql(
    `SELECT count(*)::int AS n FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'`,
  );
  assert.ok(Number(left?.n) <= 1, `${String(left?.n)} are left`);
});

it('a constraint that is looked at when it commits is to blame on records, and what comes after them is written', async (t) => {
  const database = await scratchPostgres(t);
  await database.sql('CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE DEFERRABLE INITIALLY DEFERRED)');
  const write = writer(await opened(t, { url: database.url, table: 't', mode: 'upsert' }));
  await assert.rejects(write({ id: 1, name: 'x' }, { id: 2, name: 'x' }), { code: 'bad_data' });
  await write({ id: 1, name: 'x' });
  assert.deepEqual(await database.sql('SELECT * FROM t'), [{ id: 1, name: 'x' }]);
});

it('a server that takes no writes any more is asked anew, for another may have its name by now', async (t) => {
  const database = await scratchPostgres(t);
  await database.sql('CREATE TABLE t (id int PRIMARY KEY)');
  const write = writer(await opened(t, { url: database.url, table: 't' }));
  await write({ id: 1 });
  const name = new URL(database.url).pathname.slice(1);
  await database.sql(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  await database.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  const readOnly = { code: 'unavailable', message: /read-only/ };
  await until('a session that may not write', () =>
    assert.rejects(write({ id: 2 }), readOnly).then(() => true as const),
  );
  const admin = new Client({
    connectionString: database.url,
    options: '-c default_transaction_read_only=off',
  });
  await admin.connect();
  await admin.query(`ALTER DATABASE ${name} RESET ALL`);
  await admin.end();
  await write({ id: 2 });
  assert.deepEqual(await database.sql('SELECT id FROM t ORDER BY id'), [{ id: 1 }, { id: 2 }]);
});

it('a server that vanished without a word is given up when a statement would have ended', async (t) => {
  const database = await scratchPostgres(t);
  await database.sql('CREATE TABLE t (id int PRIMARY KEY)');
  const { host, pathname } = new URL(database.url);
  const proxy = await CuttableProxy.before(host);
  t.after(() => proxy.close());
  const url = `postgres://postgres@${proxy.address}${pathname}`;
  const write = writer(await opened(t, { url, table: 't', statement_timeout_ms: 1_000 }));
  await write({ id: 1 });
  proxy.hush();
  await assert.rejects(write({ id: 2 }), { code: 'unreachable', message: /no answer within 3 s/ });
  await write({ id: 2 });
  assert.deepEqual(await database.sql('SELECT id FROM t ORDER BY id'), [{ id: 1 }, { id: 2 }]);
});
