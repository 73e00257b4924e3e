/** Sources of databases: what is wrong is said with what mends it, and a database that was away loses nothing. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import mysql from '../../connectors/mysql/index.js';
import postgres from '../../connectors/postgres/index.js';
import { ConnectorError, type JsonObject, type Plugin } from '../../src/sdk/index.js';
import { startCli } from '../rig/cli.js';
import type { DatabaseServer } from '../rig/database.js';
import { startMariadb } from '../rig/mariadb.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { startPostgres } from '../rig/postgres.js';
import { readAll } from '../rig/read-source.js';
import { until } from '../rig/until.js';

interface Server extends DatabaseServer {
  sql(text: string): Promise<Record<string, unknown>[]>;
}

interface Database {
  readonly plugin: Plugin;
  /** With a user `app` who needs the password `secret`, and may capture changes, but read no table. */
  readonly start: () => Promise<Server>;
  /** A table `name` with `count` rows. */
  readonly table: (name: string, count: number) => string;
  readonly more: (name: string, from: number, to: number) => string;
  /** What the capture of `orders` takes beside `tables`. */
  readonly capture: JsonObject;
  readonly denied: RegExp;
  readonly forbidden: RegExp;
  readonly mayCapture: { readonly revoke: string; readonly told: RegExp };
}

async function securePostgres(): Promise<Server> {
  const server = await startPostgres();
  const [row] = await server.sql(`SELECT current_setting('hba_file') AS file`);
  const lines = ['host all app 127.0.0.1/32 scram-sha-256', 'host all all 127.0.0.1/32 trust', ''];
  await writeFile(String(row?.file), lines.join('\n'));
  await server.sql(`CREATE ROLE app LOGIN REPLICATION PASSWORD 'secret'`);
  await server.sql('SELECT pg_reload_conf()');
  await server.sql('CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1)');
  await server.sql('CREATE PUBLICATION orders FOR TABLE orders');
  return server;
}

async function secureMariadb(): Promise<Server> {
  const server = await startMariadb();
  await server.sql(`CREATE USER app IDENTIFIED BY 'secret'; CREATE TABLE other (id int);
    GRANT SELECT ON shop.other TO app; GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO app;
    CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1); GRANT INSERT ON shop.orders TO app`);
  return server;
}

const databases: readonly Database[] = [
  {
    plugin: postgres,
    start: securePostgres,
    table: (name, count) =>
      `CREATE TABLE ${name} (id int PRIMARY KEY); INSERT INTO ${name} SELECT generate_series(1, ${String(count)})`,
    more: (name, from, to) => `INSERT INTO ${name} SELECT generate_series(${String(from)}, ${String(to)})`,
    capture: { publication: 'orders' },
    denied: /cannot connect to 127\.0\.0\.1:\d+\/shop as app: password authentication failed/,
    forbidden: /permission denied for table orders → GRANT SELECT ON .*orders" TO "app";/,
    mayCapture: {
      revoke: 'ALTER ROLE app NOREPLICATION',
      told: /^denied: .*may not replicate → ALTER ROLE "app" REPLICATION;/,
    },
  },
  {
    plugin: mysql,
    start: secureMariadb,
    table: (name, count) =>
      `CREATE TABLE ${name} (id int PRIMARY KEY); INSERT INTO ${name} SELECT seq FROM seq_1_to_${String(count)}`,
    more: (name, from, to) => `INSERT INTO ${name} SELECT seq FROM seq_${String(from)}_to_${String(to)}`,
    capture: {},
    denied: /cannot connect to 127\.0\.0\.1:\d+\/shop as app: Access denied/,
    forbidden: /SELECT command denied .*orders.* → GRANT SELECT ON .*orders` TO `app`;/,
    mayCapture: {
      revoke: 'REVOKE REPLICATION SLAVE ON *.* FROM app',
      told: /^denied: .*binlog.* → GRANT REPLICATION SLAVE ON \*\.\* TO `app`;/,
    },
  },
];

/** `code: message → hint` of the error that reading ends with. */
async function complaint(plugin: Plugin, config: JsonObject): Promise<string> {
  const error = await readAll(plugin, config, { once: false }).then(
    () => assert.fail('it was read'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ConnectorError, String(error));
  return `${error.code}: ${error.message} → ${error.hint ?? ''}`;
}

for (const { plugin, start, table, more, capture, denied, forbidden, mayCapture } of databases) {
  describe(plugin.name, () => {
    let server: Server;
    let app: string;
    before(async () => {
      server = await start();
      app = server.url.replace(/\/\/\w+@/, '//app:secret@');
    });
    after(() => server.stop());
    const modes: readonly (readonly [string, (name: string, url?: string) => JsonObject])[] = [
      ['incrementing', (name, url = app) => ({ url, mode: 'incrementing', table: name, column: 'id' })],
      ['cdc', (name, url = app) => ({ url, mode: 'cdc', tables: name, ...capture })],
    ];

    for (const [mode, config] of modes) {
      it(`${mode}: says what is wrong, where, and what to do`, async () => {
        const wrong = await complaint(plugin, config('orders', app.replace('secret', 'wrong')));
        assert.match(wrong, /^denied: /);
        assert.match(wrong, denied);
        assert.match(wrong, /→ check user and password/);
        const unknown = await complaint(plugin, config('orders', app.replace('/shop', '/nope')));
        assert.match(unknown, /nope.* → .*database/);
        const right = await complaint(plugin, config('orders'));
        assert.match(right, /^denied: /);
        assert.match(right, forbidden);
        const absent = await complaint(plugin, config('nope', server.url));
        assert.match(absent, /^not_found: .*nope.* → (?:check `tables`: )?names are as in the database/);
      });
    }

    it('incrementing: a column that is not there', async () => {
      const config = { url: server.url, mode: 'incrementing', table: 'orders' };
      const absent = await complaint(plugin, { ...config, column: 'nope' });
      assert.match(absent, /^not_found: .*orders has no column nope → it has: id/);
    });

    it('cdc: a right that capturing needs', async () => {
      await server.sql(mayCapture.revoke);
      await server.sql(`GRANT SELECT ON orders TO app`);
      assert.match(await complaint(plugin, modes[1]?.[1]('orders') ?? {}), mayCapture.told);
    });

    it('a database that goes away in the middle, and comes back: each row once', async (t) => {
      const folder = await ownedFolder('sql-source-errors');
      t.after(() => removeFolder(folder));
      await server.sql(`${table('polled', 500)}; ${table('captured', 500)}`);
      const { url } = server;
      const common = { format: 'json', tasks: 1 };
      const sink = (topic: string): object => ({
        ...{ sink: 'file', topics: [topic], format: 'json' },
        config: { path: `${topic}.jsonl` },
      });
      const connectors = {
        'polled-in': {
          ...{ source: plugin.name, topic: 'polled', ...common },
          config: { url, mode: 'incrementing', table: 'polled', column: 'id', poll_ms: 50, lag_ms: 50 },
        },
        'captured-in': {
          ...{ source: plugin.name, topic: 'captured', ...common },
          config: { url, mode: 'cdc', tables: 'captured' },
        },
        'polled-out': sink('polled'),
        'captured-out': sink('captured'),
      };
      await writeFile(join(folder, 'job.yaml'), JSON.stringify({ name: 'job', connectors }));
      const idsIn = async (topic: string): Promise<readonly unknown[]> => {
        const text = await readFile(join(folder, `${topic}.jsonl`), 'utf8').catch(() => '');
        const values = text
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as JsonObject);
        return values.map(({ id, after: row }) => id ?? (row as JsonObject).id);
      };
      const reached = (count: number): Promise<unknown> =>
        until(`${String(count)} rows of each`, async () => {
          const all = [await idsIn('polled'), await idsIn('captured')];
          return all.every(({ length }) => length >= count) ? true : undefined;
        });
      const running = startCli(['run', 'job.yaml'], { cwd: folder });
      t.after(() => running.kill());
      await reached(500);
      await server.halt();
      await running.printed(/polled-in.*ECONNREFUSED/);
      await running.printed(/captured-in.*ECONNREFUSED/);
      await server.start();
      await server.sql(`${more('polled', 501, 1_000)}; ${more('captured', 501, 1_000)}`);
      await reached(1_000);
      running.signal('SIGINT');
      assert.equal((await running.ended).code, 0);
      const expected = Array.from({ length: 1_000 }, (_, n) => n + 1);
      assert.deepEqual(await idsIn('polled'), expected);
      assert.deepEqual(await idsIn('captured'), expected);
    });
  });
}
