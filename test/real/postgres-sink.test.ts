import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import postgres from '../../connectors/postgres/index.js';
import {
  RecordsRefused,
  ConnectorError,
  type JsonObject,
  type Schema,
  type SinkTask,
} from '../../src/sdk/index.js';
import { sinkContext, sinkRecord } from '../../src/sdk/acceptance/index.js';
import { refusedBy } from '../rig/refused.js';
import { scratchPostgres, type ScratchDatabase } from '../rig/scratch-postgres.js';

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

async function opened(
  t: TestContext,
  config: JsonObject,
  delivery: 'exactly_once' | 'at_least_once' = 'exactly_once',
): Promise<{ database: ScratchDatabase; task: SinkTask; again: () => Promise<SinkTask> }> {
  const database = await scratchPostgres(t);
  const { sink } = postgres;
  assert.ok(sink !== undefined);
  const again = async (): Promise<SinkTask> => {
    const context = sinkContext(process.cwd(), delivery);
    const connector = await sink.start(sink.spec.parse({ url: database.url, ...config }), context);
    const task = await connector.open({ ...context, task: 0 });
    t.after(async () => {
      await task.close();
      await connector.close();
    });
    return task;
  };
  return { database, task: await again(), again };
}

const rows = (values: readonly JsonObject[], schema?: Schema) =>
  values.map((value, offset) => sinkRecord({ value, offset, schema }));

async function refusedOf(writing: Promise<void>): Promise<[number, string][]> {
  return (await refusedBy(writing)).map(({ index, error: its }) => [index, `${its.code}: ${its.message}`]);
}

describe('what a record is to blame for', () => {
  it('costs that record alone, in one transaction, and is named', async (t) => {
    const { database, task } = await opened(t, { table: 't' });
    await database.sql(
      `CREATE TABLE t (id int PRIMARY KEY, name varchar(5) NOT NULL, n smallint CHECK (n < 100))`,
    );
    const all: JsonObject[] = Array.from({ length: 2_000 }, (_, id) => ({ id, name: 'ok', n: 1 }));
    all[7] = { id: 7, name: 'too long', n: 1 };
    all[500] = { id: 500, name: null, n: 1 };
    all[501] = { id: 501, name: 'ok', n: 100 };
    all[1_000] = { id: 5, name: 'ok', n: 1 };
    all[1_500] = { id: 1_500, name: 'ok', n: 'many' };
    all[1_999] = { id: 1_999, name: 'ok', n: 70_000 };
    all[3] = { id: 3, name: 'ok', m: 1 };
    const records = rows(all);
    const upTo = [{ topic: 't', broker: 'b', queue: 0, offset: 2_000, mark: null }];
    const refused = await refusedOf(task.write(records, signal(), upTo));
    const messages = Object.fromEntries(refused);
    assert.deepEqual(Object.keys(messages).map(Number), [3, 7, 500, 501, 1_000, 1_500, 1_999]);
    assert.match(messages[3] ?? '', /bad_data: table t has no column m/);
    assert.match(messages[7] ?? '', /bad_data: cannot write to table t: value too long.*column name/);
    assert.match(messages[500] ?? '', /null value in column "name"/);
    assert.match(messages[501] ?? '', /t_n_check/);
    assert.match(messages[1_000] ?? '', /t_pkey/);
    assert.match(messages[1_500] ?? '', /invalid input.*column n/);
    assert.match(messages[1_999] ?? '', /out of range.*column n/);
    assert.deepEqual(await database.sql('SELECT count(*)::int AS n FROM t'), [{ n: 0 }]);
    const bad = new Set(refused.map(([index]) => index));
    await task.write(
      records.filter((_record, index) => !bad.has(index)),
      signal(),
      upTo,
    );
    assert.deepEqual(await database.sql('SELECT count(*)::int AS n FROM t'), [{ n: 1_993 }]);
  });

  it('at least once, the others are written at once', async (t) => {
    const { database, task } = await opened(t, { table: 't', mode: 'upsert' }, 'at_least_once');
    await database.sql('CREATE TABLE t (id int PRIMARY KEY, n int)');
    const refused = await refusedOf(
      task.write(
        rows([
          { id: 1, n: 1 },
          { id: 2, n: 'x' },
          { id: 3, n: 3 },
        ]),
        signal(),
      ),
    );
    assert.deepEqual(
      refused.map(([index]) => index),
      [1],
    );
    assert.deepEqual(await database.sql('SELECT id FROM t ORDER BY id'), [{ id: 1 }, { id: 3 }]);
  });
});

describe('upsert, update and delete', () => {
  it('the last change of a key counts, whatever came before in the batch', async (t) => {
    const { database, task } = await opened(t, { table: 't', mode: 'upsert' });
    await database.sql(`CREATE TABLE t (id int PRIMARY KEY, a text, b text DEFAULT 'none')`);
    await database.sql(`INSERT INTO t VALUES (9, 'old', 'old')`);
    const source = { connector: 'postgres', table: 't' };
    await task.write(
      [
        sinkRecord({ value: { id: 1, a: 'x' } }),
        sinkRecord({ value: { id: 1, b: 'y' } }),
        sinkRecord({ value: { id: 2, a: 'gone' } }),
        sinkRecord({ value: null, key: '2' }),
        sinkRecord({ value: { id: 3, a: 'before' } }),
        sinkRecord({ value: null, key: '3' }),
        sinkRecord({ value: { id: 3, a: 'after' } }),
        sinkRecord({ value: { op: 'u', before: { id: 9 }, after: { id: 10, a: 'moved' }, source } }),
        sinkRecord({ value: { op: 'c', before: null, after: { id: 4, a: 'c' }, source } }),
        sinkRecord({ value: { op: 'd', before: { id: 4 }, after: null, source } }),
        sinkRecord({ value: { op: 't', before: null, after: null, source } }),
      ],
      signal(),
    );
    assert.deepEqual(await database.sql('SELECT * FROM t ORDER BY id'), [
      { id: 1, a: 'x', b: 'y' },
      { id: 3, a: 'after', b: 'none' },
      { id: 10, a: 'moved', b: 'none' },
    ]);
  });

  it('update touches rows that are there only', async (t) => {
    const { database, task } = await opened(t, { table: 't', mode: 'update' });
    await database.sql(
      `CREATE TABLE t (a int, b int, v text, PRIMARY KEY (a, b)); INSERT INTO t VALUES (1, 2, 'old')`,
    );
    await task.write(
      rows([
        { a: 1, b: 2, v: 'new' },
        { a: 3, b: 4, v: 'none' },
      ]),
      signal(),
    );
    await task.write([sinkRecord({ value: null, key: '[5,6]' })], signal());
    assert.deepEqual(await database.sql('SELECT * FROM t'), [{ a: 1, b: 2, v: 'new' }]);
    await task.write([sinkRecord({ value: null, key: '[1,2]' })], signal());
    assert.deepEqual(await database.sql('SELECT * FROM t'), []);
  });

  it('a table is emptied where that is asked for', async (t) => {
    const { database, task } = await opened(t, { table: 't', mode: 'upsert', truncate: true });
    await database.sql('CREATE TABLE t (id int PRIMARY KEY)');
    const truncated = { op: 't', before: null, after: null, source: {} };
    await task.write(
      [...rows([{ id: 1 }]), sinkRecord({ value: truncated }), ...rows([{ id: 2 }])],
      signal(),
    );
    assert.deepEqual(await database.sql('SELECT * FROM t'), [{ id: 2 }]);
  });
});

describe('tables that are made', () => {
  const schema: Schema = {
    name: 'public.orders',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int64' },
      { name: 'price', type: 'decimal', precision: 10, scale: 2, optional: true },
      {
        name: 'tags',
        type: 'array',
        items: { type: 'string' },
        optional: true,
        native: { postgres: 'text[]' },
      },
      { name: 'odd', type: 'string', optional: true, native: { postgres: 'int); DROP TABLE x; --' } },
      { name: 'at', type: 'timestamptz', optional: true },
    ],
  };
  const columnsSql = `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS needed
    FROM pg_attribute WHERE attrelid = 'made'::regclass AND attnum > 0 ORDER BY attnum`;

  it('are exactly what the schema says', async (t) => {
    const { database, task } = await opened(t, { table: 'made', mode: 'upsert', create_table: true });
    const value = {
      id: '9007199254740993',
      price: '12345678.90',
      tags: ['a"b', null, 'c\\d'],
      odd: 'x',
      at: '2026-01-31T08:00:00.123456Z',
    };
    await task.write(rows([value], schema), signal());
    assert.deepEqual(await database.sql(columnsSql), [
      { name: 'id', type: 'bigint', needed: true },
      { name: 'price', type: 'numeric(10,2)', needed: false },
      { name: 'tags', type: 'text[]', needed: false },
      { name: 'odd', type: 'text', needed: false },
      { name: 'at', type: 'timestamp with time zone', needed: false },
    ]);
    assert.deepEqual(await database.sql('SELECT id::text, price::text, tags, at::text FROM made'), [
      {
        id: '9007199254740993',
        price: '12345678.90',
        tags: ['a"b', null, 'c\\d'],
        at: '2026-01-31 08:00:00.123456+00',
      },
    ]);
  });

  it('are made of the values where there is no schema, and widened', async (t) => {
    const { database, task } = await opened(t, { table: 'made', create_table: true, add_columns: true });
    await task.write(rows([{ n: 1, f: 1.5, b: true, s: 'x', o: { a: [1] }, none: null }]), signal());
    await task.write(rows([{ n: 2, late: 'y', none: 'z' }]), signal());
    const columns = await database.sql(columnsSql);
    assert.deepEqual(
      columns.map(({ name, type }) => `${String(name)} ${String(type)}`),
      ['n bigint', 'f double precision', 'b boolean', 's text', 'o jsonb', 'none text', 'late text'],
    );
    assert.deepEqual(await database.sql('SELECT count(*)::int AS n FROM made'), [{ n: 2 }]);
  });
});

describe('errors', () => {
  it('of a password, a right, a table, an index, a server that is away say what to do', async (t) => {
    const { database, task, again } = await opened(t, { table: 't', mode: 'upsert' });
    const errorOf = async (work: () => Promise<unknown>): Promise<ConnectorError> => {
      const error: unknown = await work().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof ConnectorError, String(error));
      return error;
    };
    const write = (its: SinkTask) => () => its.write(rows([{ id: 1 }]), signal());
    const missing = await errorOf(write(task));
    assert.deepEqual([missing.code, missing.message], ['not_found', 'there is no table t']);
    assert.match(missing.hint ?? '', /create_table/);

    await database.sql('CREATE TABLE t (id int)');
    const noKey = await errorOf(() =>
      task.write(rows([{ id: 1 }]), signal()).catch((error: unknown) => {
        throw error instanceof RecordsRefused ? error.refused[0]?.error : error;
      }),
    );
    assert.match(`${noKey.message} ${noKey.hint ?? ''}`, /key: \[COLUMN\]/);

    const { sink } = postgres;
    assert.ok(sink !== undefined);
    const start = (config: JsonObject) => () =>
      sink.start(sink.spec.parse(config), sinkContext(process.cwd(), 'exactly_once'));
    const away = await errorOf(start({ url: 'postgres://postgres:secret@127.0.0.1:1/shop' }));
    assert.equal(away.code, 'unreachable');
    assert.doesNotMatch(`${away.message} ${String(away.cause)}`, /secret/);
    const noDatabase = await errorOf(start({ url: database.url.replace(/[^/]+$/, 'no_such_database') }));
    assert.equal(noDatabase.code, 'not_found');

    await database.sql(`ALTER TABLE t ADD PRIMARY KEY (id)`);
    const role = await database.role();
    await database.sql(`GRANT SELECT ON t TO ${role.name}; GRANT CREATE ON SCHEMA public TO ${role.name}`);
    const denied = await again().then(async () => {
      const context = sinkContext(process.cwd(), 'exactly_once');
      const connector = await sink.start(
        sink.spec.parse({ url: role.url, table: 't', mode: 'upsert', offsets_table: 'its_offsets' }),
        context,
      );
      const its = await connector.open({ ...context, task: 0 });
      t.after(async () => {
        await its.close();
        await connector.close();
      });
      return errorOf(write(its));
    });
    assert.equal(denied.code, 'denied');
    assert.match(denied.hint ?? '', new RegExp(`^GRANT .* ON "t" TO "${role.name}";$`));
  });

  it('a slow worker that was taken for dead does not get through', async (t) => {
    const { database, task, again } = await opened(t, { table: 't' });
    await database.sql('CREATE TABLE t (id int)');
    const upTo = (offset: number) => [{ topic: 't', broker: 'b', queue: 0, offset, mark: null }];
    await task.write(rows([{ id: 1 }]), signal(), upTo(1));
    const other = await again();
    await other.write(rows([{ id: 2 }]), signal(), upTo(2));
    await assert.rejects(task.write(rows([{ id: 2 }]), signal(), upTo(2)), /written by another worker/);
    assert.deepEqual(await database.sql('SELECT id FROM t ORDER BY id'), [{ id: 1 }, { id: 2 }]);
  });
});
