import assert from 'node:assert/strict';
import { it } from 'node:test';
import mysql from '../../connectors/mysql/index.js';
import postgres from '../../connectors/postgres/index.js';
import type { JsonObject, Plugin, SourceRecord, Value } from '../../src/sdk/index.js';
import { sinkContext, sinkRecord } from '../../src/sdk/acceptance/index.js';
import { readAll } from '../rig/read-source.js';
import { scratchMysql } from '../rig/scratch-mysql.js';
import { scratchPostgres } from '../rig/scratch-postgres.js';

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

/** As the json format carries them. */
async function writeAll(
  { sink }: Plugin,
  config: JsonObject,
  records: readonly SourceRecord[],
): Promise<void> {
  assert.ok(sink !== undefined);
  const context = sinkContext(process.cwd(), 'exactly_once');
  const connector = await sink.start(sink.spec.parse({ create_table: true, ...config }), context);
  const task = await connector.open({ ...context, task: 0 });
  const carried = records.map(({ value, schema }, offset) =>
    sinkRecord({ value: JSON.parse(JSON.stringify(value)) as Value, schema, offset }),
  );
  await task.write(carried, signal());
  await task.close();
  await connector.close();
}

const postgresTable = `
  CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE DOMAIN positive AS int CHECK (VALUE > 0);
  CREATE TABLE given (
    id bigint PRIMARY KEY, b bool NOT NULL, i2 smallint, i4 int, i8 bigint, r real, d double precision, n numeric, n2 numeric(12,3),
    m money, t text, v varchar(7), c char(5), bp bpchar, by bytea, da date, ti time, ti3 time(3), tz timetz, ts timestamp, tsz timestamptz,
    iv interval, u uuid, j json, jb jsonb, x xml, ip inet, ci cidr, ma macaddr, bi bit(4), vb bit varying(9), po point, li line, ls lseg,
    bx box, pa path, pg polygon, ce circle, tv tsvector, tq tsquery, ir int4range, nr numrange, tr tstzrange, mr int4multirange,
    mo mood, ps positive, ai int[], at text[], a2 int[][], aj jsonb[], atz timestamptz[], ab bytea[], am mood[], lsn pg_lsn, o oid, na name, q "char"
  );
  INSERT INTO given VALUES (
    9007199254740993, true, -32768, 2147483647, 9223372036854775807, 3.14159274, 0.1, 12345678901234567890.1234567890, 123456789.125,
    '$1,234.56', E'tab\\t "quote" \\\\ back\\nline ✓ 日本', 'seven77', 'ab', 'xy ', '\\x00ff10', '2026-01-31', '23:59:59.123456', '01:02:03.5', '10:00:00+02', '2026-01-31 08:00:00.123456', '2026-01-31 08:00:00.5+02',
    '1 year 2 mons 3 days 04:05:06.789', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": 1.50, "big": 12345678901234567890}', '{"k": [1, null, "x"]}', '<a>b</a>', '192.168.1.1/24', '10.0.0.0/8', '08:00:2b:01:02:03', B'1010', B'101', '(1.5,2)', '{1,2,3}', '[(0,0),(1,1)]',
    '(1,1),(0,0)', '((0,0),(1,1))', '((0,0),(1,1),(2,0))', '<(0,0),2>', 'a fat cat', 'fat & rat', '[1,5)', '(1.5,]', '[2026-01-01,2026-02-01)', '{[1,3),[5,7)}',
    'ok', 7, '{1,NULL,3}', '{"a,b","q\\"uote",NULL,"back\\\\slash",""}', '{{1,2},{3,4}}', ARRAY['{"a": 1}'::jsonb, 'null'], '{2026-01-31 08:00:00+00}', ARRAY['\\x01'::bytea], '{sad,ok}', '16/B374D848', 4294967295, 'a name', 'z');
  INSERT INTO given (id, b, r, d, n, jb, ts, tsz, da) VALUES (1, false, 'NaN', '-Infinity', 'NaN', '"text"', 'infinity', '-infinity', '0044-03-15 BC');
  INSERT INTO given (id, b, jb, t) VALUES (2, false, 'null', '');
`;

it('a PostgreSQL table with every type is the same in another table', async (t) => {
  const database = await scratchPostgres(t);
  await database.sql(postgresTable);
  const records = await readAll(postgres, { url: database.url, mode: 'snapshot', table: 'given' });
  assert.equal(records.length, 3);
  await writeAll(postgres, { url: database.url, table: 'taken' }, records);
  const text = (table: string) => database.sql(`SELECT id, ${table}::text AS row FROM ${table} ORDER BY id`);
  assert.deepEqual(await text('taken'), await text('given'));
  // Into a table that is there rows go another way.
  await database.sql('CREATE TABLE again (LIKE taken)');
  await writeAll(postgres, { url: database.url, table: 'again' }, records);
  assert.deepEqual(await text('again'), await text('given'));
  const types = (table: string) =>
    database.sql(
      `SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum`,
      [table],
    );
  assert.deepEqual(await types('taken'), await types('given'));
});

const mysqlTable = `
  CREATE TABLE given (
    id bigint NOT NULL PRIMARY KEY, ti tinyint, tu tinyint unsigned, b bool, s smallint, su smallint unsigned, m mediumint, i int, iu int unsigned,
    l bigint, lu bigint unsigned, f float, d double, n decimal(20,6), nu decimal(10,0) unsigned, bi bit(1), b9 bit(9), b64 bit(64), y year,
    da date, tm time, tm6 time(6), dt datetime, dt6 datetime(6), ts timestamp(6) NULL, c char(5), v varchar(20), vb varbinary(9), bn binary(4),
    t text, lt longtext, bl blob, lb longblob, e enum('x','it''s'), se set('p','q'), j json, g geometry, u uuid, ip inet6
  ) CHARSET utf8mb4;
  INSERT INTO given VALUES (
    9007199254740993, -128, 255, true, -32768, 65535, -8388608, 2147483647, 4294967295, 9223372036854775807, 18446744073709551615, 3.14159274, 0.1,
    12345678901234.123456, 1234567890, b'1', b'101010101', b'1111111111111111111111111111111111111111111111111111111111111111', 2026,
    '2026-01-31', '-838:59:59', '23:59:59.123456', '2026-01-31 08:00:00', '2026-01-31 08:00:00.123456', '2026-01-31 08:00:00.5',
    'ab', 'grüße ✓ \\\\ ''x''', x'00ff10', x'01', 'line\\n"quote"', '日本 🙂', x'00deadbeef', x'ff', 'it''s', 'p,q', '{"a": [1, null]}',
    ST_GeomFromText('POINT(1 2)'), 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2001:db8::1');
  INSERT INTO given (id) VALUES (1);
`;

it('a MariaDB table with every type is the same in another table', async (t) => {
  const database = await scratchMysql(t);
  await database.sql(mysqlTable);
  const records = await readAll(mysql, { url: database.url, mode: 'snapshot', table: 'given' });
  assert.equal(records.length, 2);
  await writeAll(mysql, { url: database.url, table: 'taken' }, records);
  const rows = (table: string) =>
    database.sql(`SELECT *, f + 0e0 AS exact, hex(g) AS shape FROM ${table} ORDER BY id`);
  assert.deepEqual(await rows('taken'), await rows('given'));
  // Into a table that is there rows go another way.
  await database.sql('CREATE TABLE again LIKE taken');
  await writeAll(mysql, { url: database.url, table: 'again' }, records);
  assert.deepEqual(await rows('again'), await rows('given'));
  const types = (table: string) =>
    database.sql(
      `SELECT column_name, column_type, is_nullable FROM information_schema.columns
       WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`,
      [database.name, table],
    );
  assert.deepEqual(await types('taken'), await types('given'));
});

it('what both have goes from PostgreSQL to MariaDB, and back, unchanged', async (t) => {
  const [from, to] = [await scratchPostgres(t), await scratchMysql(t)];
  await from.sql(`CREATE TABLE given (id bigint PRIMARY KEY, b bool, i2 smallint, i4 int, i8 bigint, d double precision, n numeric(20,6),
      t text, v varchar(20), by bytea, da date, ti time, ts timestamp, tsz timestamptz, u uuid, jb jsonb);
    INSERT INTO given VALUES (9007199254740993, true, -5, 6, 9223372036854775807, 0.1, 12345678901234.123456, E'x\\n''✓', 'v', '\\x00ff',
      '2026-01-31', '23:59:59.123456', '2026-01-31 08:00:00.123456', '2026-01-31 08:00:00.5+02', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": [1, null, "x"]}');
    INSERT INTO given (id) VALUES (1)`);
  const records = await readAll(postgres, { url: from.url, mode: 'snapshot', table: 'given' });
  await writeAll(mysql, { url: to.url, table: 'between' }, records);
  const back = await readAll(mysql, { url: to.url, mode: 'snapshot', table: 'between' });
  await from.sql('CREATE TABLE taken (LIKE given INCLUDING ALL)');
  await writeAll(postgres, { url: from.url, table: 'taken' }, back);
  const text = (table: string) => from.sql(`SELECT id, ${table}::text AS row FROM ${table} ORDER BY id`);
  assert.deepEqual(await text('taken'), await text('given'));
});
