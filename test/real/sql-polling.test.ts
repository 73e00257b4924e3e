/** The modes that ask for rows, on both databases. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import mysql from '../../connectors/mysql/index.js';
import postgres from '../../connectors/postgres/index.js';
import type { JsonObject, Plugin, Position, SourceBatch } from '../../src/sdk/index.js';
import { sinkContext } from '../../src/sdk/acceptance/index.js';
import { readAll, readBatches } from '../rig/read-source.js';
import { scratchMysql } from '../rig/scratch-mysql.js';
import { scratchPostgres } from '../rig/scratch-postgres.js';

interface Scratch {
  readonly url: string;
  readonly sql: (text: string) => Promise<Record<string, unknown>[]>;
}

const databases: readonly { plugin: Plugin; scratch: (t: TestContext) => Promise<Scratch>; time: string }[] =
  [
    { plugin: postgres, scratch: scratchPostgres, time: 'timestamp(6)' },
    { plugin: mysql, scratch: scratchMysql, time: 'datetime(6)' },
  ];

const common = { lag_ms: 0, poll_ms: 10 };

/** Where the partitions stand behind these. */
const behind = (batches: readonly SourceBatch[]): ReadonlyMap<string, Position> =>
  new Map(batches.map(({ partition, records }) => [partition, records.at(-1)?.position ?? null]));

const valuesOf = (batches: readonly SourceBatch[]): JsonObject[] =>
  batches.flatMap(({ records }) => records.map(({ value }) => value as JsonObject));

for (const { plugin, scratch, time } of databases) {
  describe(plugin.name, () => {
    const changed = async (t: TestContext): Promise<Scratch> => {
      const database = await scratch(t);
      await database.sql(`CREATE TABLE notes (id int PRIMARY KEY, body varchar(20), at ${time} NOT NULL)`);
      await database.sql(`INSERT INTO notes VALUES (1, 'a', '2026-01-01 00:00:00.000001'),
        (2, 'b', '2026-01-01 00:00:00.000001'), (3, 'c', '2026-01-02'), (4, 'd', '2026-01-03')`);
      return database;
    };

    it('timestamp: what was changed since comes again, by time and then by key', async (t) => {
      const { url, sql } = await changed(t);
      const config = { url, mode: 'timestamp', table: 'notes', timestamp_column: 'at', ...common };
      const first = await readBatches(plugin, config);
      assert.deepEqual(
        valuesOf(first).map(({ id }) => id),
        [1, 2, 3, 4],
      );
      await sql(`UPDATE notes SET body = 'new', at = '2026-01-04' WHERE id = 2`);
      await sql(`INSERT INTO notes VALUES (0, 'late', '2026-01-03 12:00:00')`);
      const then = await readBatches(plugin, config, { positions: behind(first) });
      assert.deepEqual(
        valuesOf(then).map(({ id, body }) => [id, body]),
        [
          [0, 'late'],
          [2, 'new'],
        ],
      );
      assert.deepEqual(await readBatches(plugin, config, { positions: behind(then) }), []);
    });

    it('timestamp+incrementing: rows of the same moment are told apart by the column', async (t) => {
      const { url } = await changed(t);
      const config = {
        ...{ url, mode: 'timestamp+incrementing', table: 'notes', timestamp_column: 'at', column: 'id' },
        ...common,
      };
      const records = await readAll(plugin, config);
      assert.deepEqual(
        records.map(({ key }) => key),
        ['1', '2', '3', '4'],
      );
      // In the middle of a moment.
      const positions = new Map([[await partitionOf(plugin, config), records[0]?.position ?? null]]);
      const rest = await readAll(plugin, config, { positions });
      assert.deepEqual(
        rest.map(({ key }) => key),
        ['2', '3', '4'],
      );
    });

    it('query: rows of a statement, by one of its columns, and those that are added', async (t) => {
      const { url, sql } = await changed(t);
      await sql('CREATE TABLE authors (note int PRIMARY KEY, name varchar(20))');
      await sql(`INSERT INTO authors VALUES (1, 'x'), (3, 'y'), (5, 'z')`);
      const query = `SELECT n.id, n.body, upper(a.name) AS author FROM notes n JOIN authors a ON a.note = n.id`;
      const config = { url, mode: 'query', query, column: 'id', ...common };
      const first = await readBatches(plugin, config);
      assert.deepEqual(valuesOf(first), [
        { id: 1, body: 'a', author: 'X' },
        { id: 3, body: 'c', author: 'Y' },
      ]);
      await sql(`INSERT INTO notes VALUES (5, 'e', '2026-01-05')`);
      const then = await readBatches(plugin, config, { positions: behind(first) });
      assert.deepEqual(valuesOf(then), [{ id: 5, body: 'e', author: 'Z' }]);
    });

    it('incrementing: it goes on behind the last row that a JDBC source of the Java worker has read', async (t) => {
      const { url } = await changed(t);
      const { source } = plugin;
      assert.ok(source?.adopt !== undefined);
      const adopt = source.adopt.bind(source);
      const config = { url, mode: 'incrementing', table: 'notes', column: 'id', ...common };
      const adopted = (table: string, offset: JsonObject, changes: object = {}) =>
        adopt(
          source.spec.parse({ ...config, ...changes }),
          { partition: { 'table-name': table, topic: 'jdbc-notes' }, offset },
          { baseDir: '/' },
        );
      const { partition, ...place } = await adopted('shop.notes', { incrementing: 2 });
      assert.ok(partition !== null && 'position' in place);
      assert.deepEqual(place, { position: { after: ['2'] }, note: null });
      const rest = await readAll(plugin, config, { positions: new Map([[partition, place.position]]) });
      assert.deepEqual(
        rest.map(({ key }) => key),
        ['3', '4'],
      );
      const notes: readonly (readonly [Awaited<ReturnType<typeof adopted>>, RegExp])[] = [
        [await adopted('jdbc', { incrementing: 2 }), /this connector reads \S*notes/],
        [await adopted('notes', { incrementing: 2, timestamp: 1_700_000_000_000 }), /mode incrementing/],
        [await adopted('notes', { incrementing: 2 ** 60 }), /mode incrementing/],
        [await adopted('notes', { incrementing: 2 }, { mode: 'snapshot' }), /mode incrementing/],
        [await adopted('notes', { incrementing: 2 }, { mode: 'cdc', tables: ['notes'] }), /cdc/],
      ];
      for (const [{ partition: none, note }, expected] of notes) {
        assert.equal(none, null);
        assert.match(note, expected);
      }
    });

    it('incrementing: a table that is altered under it is read as it is from then on', async (t) => {
      const { url, sql } = await changed(t);
      const { source } = plugin;
      assert.ok(source !== undefined);
      const context = { ...sinkContext('.'), task: 0, anew: () => Promise.resolve() };
      const config = { url, mode: 'incrementing', table: 'notes', column: 'id', ...common };
      const connector = await source.start(source.spec.parse(config), context);
      const [its = {}] = await connector.tasks(1);
      const task = await connector.open(its, context, new Map());
      t.after(() => task.close());
      const next = async (): Promise<JsonObject[]> => {
        const batch = await task.read(AbortSignal.timeout(20_000));
        assert.ok(batch !== null);
        for (const { value, schema } of batch.records)
          assert.deepEqual(
            schema?.fields.map(({ name }) => name),
            Object.keys(value as JsonObject),
          );
        return valuesOf([batch]);
      };
      assert.equal((await next()).length, 4);
      await sql('ALTER TABLE notes ADD COLUMN more varchar(9)');
      await sql(`INSERT INTO notes (id, body, at, more) VALUES (5, 'e', '2026-01-05', 'x')`);
      assert.deepEqual(
        (await next()).map(({ id, more }) => [id, more]),
        [[5, 'x']],
      );
      await sql('ALTER TABLE notes DROP COLUMN body');
      await sql(`INSERT INTO notes (id, at, more) VALUES (6, '2026-01-06', 'y')`);
      assert.deepEqual(
        (await next()).map((value) => [value.id, Object.keys(value)]),
        [[6, ['id', 'at', 'more']]],
      );
    });

    it('snapshot by a key of several columns: in its order, and on from any place', async (t) => {
      const { url, sql } = await scratch(t);
      await sql(
        'CREATE TABLE baskets (shop varchar(10), number int, item varchar(5), PRIMARY KEY (shop, number))',
      );
      await sql(`INSERT INTO baskets VALUES ('b', 1, 'x'), ('a', 10, 'y'), ('a', 9, NULL), ('a''b', 1, 'z')`);
      const config = { url, mode: 'snapshot', table: 'baskets' };
      const records = await readAll(plugin, config);
      const keys = ['["a",9]', '["a",10]', `["a'b",1]`, '["b",1]'];
      assert.deepEqual(
        records.map(({ key }) => key),
        keys,
      );
      const partition = await partitionOf(plugin, config);
      for (const [index, { position }] of records.entries()) {
        const rest = await readAll(plugin, config, { positions: new Map([[partition, position]]) });
        assert.deepEqual(
          rest.map(({ key }) => key),
          keys.slice(index + 1),
        );
      }
    });

    it('snapshot in several ranges: each row once, dealt over the tasks, on from where each range stands', async (t) => {
      const { url, sql } = await scratch(t);
      await sql('CREATE TABLE many (id bigint PRIMARY KEY, n int)');
      const ids = Array.from({ length: 1_000 }, (_, n) => n * 7 - 1_500);
      await sql(`INSERT INTO many VALUES ${ids.map((id) => `(${String(id)}, 1)`).join(', ')}`);
      const config = { url, mode: 'snapshot', table: 'many', range_rows: 1_000 };
      const batches = await readBatches(plugin, config, { tasks: 3 });
      const read = valuesOf(batches).map(({ id }) => Number(id));
      assert.deepEqual(
        read.sort((a, b) => a - b),
        ids,
      );
      const partitions = new Set(batches.map(({ partition }) => partition));
      assert.equal(partitions.size, 8, [...partitions].join(' '));
      const half = new Map([...behind(batches)].slice(0, 4));
      const rest = await readBatches(plugin, config, { tasks: 2, positions: half });
      assert.deepEqual(new Set(rest.map(({ partition }) => partition)), new Set([...partitions].slice(4)));
    });
  });
}

async function partitionOf(plugin: Plugin, config: JsonObject): Promise<string> {
  const [first] = await readBatches(plugin, config);
  return first?.partition ?? '';
}
