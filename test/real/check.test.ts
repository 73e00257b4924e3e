/** `rmq-connect check` on real servers: what is missing is told, with what grants it, and then it is fine. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { Client } from 'pg';
import type { CheckReport } from '../../src/cli/commands/check.js';
import { runCli } from '../rig/cli.js';
import { startMariadb, type RealMariadb } from '../rig/mariadb.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { startPostgres, type RealPostgres } from '../rig/postgres.js';
import { startRedis } from '../rig/small-servers.js';

interface Checked {
  readonly code: number | null;
  /** `problem: … → …` each. */
  readonly findings: readonly string[];
  /** What to do about the problems. */
  readonly hints: readonly string[];
}

async function checked(t: TestContext, connector: object): Promise<Checked> {
  const folder = await ownedFolder('check');
  t.after(() => removeFolder(folder));
  const its = 'source' in connector ? { topic: 'orders' } : { topics: ['orders'] };
  const job = { name: 'job', connectors: { it: { ...connector, ...its, format: 'json' } } };
  await writeFile(join(folder, 'job.yaml'), JSON.stringify(job));
  const { code, stdout } = await runCli(['check', 'job.yaml', '--json'], { cwd: folder });
  assert.ok(!stdout.includes('secret'), `the password is masked: ${stdout}`);
  const told = JSON.parse(stdout) as { readonly result?: CheckReport; readonly error?: CheckReport };
  const subjects = (told.result ?? told.error)?.subjects ?? [];
  const found = subjects.find((subject) => subject.connector === 'it')?.findings ?? [];
  return {
    code,
    findings: found.map(({ level, what }) => `${level}: ${what}`),
    hints: found.flatMap(({ level, hint }) => (level === 'problem' && hint !== null ? [hint] : [])),
  };
}

/** Does what is said, until nothing is missing; gives back all that was done. */
async function mended(
  look: () => Promise<Checked>,
  run: (statement: string) => Promise<unknown>,
): Promise<readonly string[]> {
  const done: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    const { code, hints, findings } = await look();
    if (code === 0) return done;
    assert.equal(code, 4, findings.join('\n'));
    assert.ok(hints.length > 0, findings.join('\n'));
    for (const hint of hints) {
      await run(hint);
      done.push(hint);
    }
  }
  throw new Error(`what it says does not mend it: ${done.join(' ')}`);
}

describe('postgres', () => {
  let server: RealPostgres;
  let url: string;
  before(async () => {
    server = await startPostgres();
    await server.sql(`CREATE ROLE app LOGIN PASSWORD 'secret'; REVOKE CREATE ON SCHEMA public FROM PUBLIC;
      CREATE TABLE orders (id int PRIMARY KEY, note varchar(5)); CREATE TABLE loose (id int, note text)`);
    url = `postgres://app:secret@127.0.0.1:${String(server.port)}/shop`;
  });
  after(() => server.stop());
  const grant = (statement: string): Promise<unknown> => server.sql(statement);

  test('a source that polls', async (t) => {
    const config = { url, mode: 'incrementing', table: 'orders', column: 'id' };
    const done = await mended(() => checked(t, { source: 'postgres', config }), grant);
    assert.deepEqual(done, ['GRANT SELECT ON "orders" TO "app";']);
    const absent = await checked(t, { source: 'postgres', config: { ...config, table: 'nope' } });
    assert.equal(absent.code, 4);
    assert.match(absent.findings.join('\n'), /problem: there is no table nope/);
    const column = await checked(t, { source: 'postgres', config: { ...config, column: 'nope' } });
    assert.match(column.findings.join('\n'), /problem: .*has no column nope/);
  });

  test('a sink: rights, the index of upsert, and the table of offsets', async (t) => {
    const config = { url, table: 'loose', mode: 'upsert', key: ['id'] };
    const done = await mended(() => checked(t, { sink: 'postgres', config }), grant);
    assert.deepEqual(done, [
      'GRANT SELECT, INSERT, UPDATE, DELETE ON "loose" TO "app";',
      'CREATE UNIQUE INDEX ON "loose" ("id");',
      'GRANT CREATE ON SCHEMA "public" TO "app";',
    ]);
    const made = await server.sql(`SELECT 1 FROM pg_class WHERE relname = 'rmq_connect_offsets'`);
    assert.deepEqual(made, [], 'nothing was made');
  });

  test('cdc: the right to replicate, and to publish', async (t) => {
    const config = { url, mode: 'cdc', tables: ['loose', 'orders'] };
    const first = await checked(t, { source: 'postgres', config });
    assert.equal(first.code, 4);
    assert.ok(first.hints.includes('ALTER ROLE "app" REPLICATION;'), first.hints.join('\n'));
    assert.ok(first.hints.includes('GRANT CREATE ON DATABASE "shop" TO "app";'));
    assert.match(first.hints.join('\n'), /as their owner: CREATE PUBLICATION "rmq_connect_it" FOR TABLE/);
    assert.match(first.findings.join('\n'), /warning: table public.loose has no primary key/);
    await server.sql(`ALTER ROLE app REPLICATION; GRANT CREATE ON DATABASE shop TO app;
      ALTER TABLE orders OWNER TO app; ALTER TABLE loose OWNER TO app`);
    const mendedNow = await checked(t, { source: 'postgres', config });
    assert.equal(mendedNow.code, 0, mendedNow.findings.join('\n'));
    const slots = await server.sql('SELECT 1 FROM pg_replication_slots');
    const publications = await server.sql('SELECT 1 FROM pg_publication');
    assert.deepEqual([slots, publications], [[], []], 'nothing was made');
  });

  test('a server without logical decoding, and without a slot left', async (t) => {
    const plain = await startPostgres({ wal_level: 'replica', max_replication_slots: '0' });
    t.after(() => plain.stop());
    await plain.sql('CREATE TABLE orders (id int PRIMARY KEY)');
    const config = { url: plain.url, mode: 'cdc', tables: ['orders'] };
    const { code, hints } = await checked(t, { source: 'postgres', config });
    assert.equal(code, 4);
    assert.match(hints.join('\n'), /ALTER SYSTEM SET wal_level = logical/);
    assert.match(hints.join('\n'), /raise max_replication_slots/);
  });

  test('a wrong password, and a database that is not there', async (t) => {
    await server.sql(`ALTER SYSTEM SET password_encryption = 'scram-sha-256'`);
    const client = new Client({ connectionString: server.url });
    await client.connect();
    const [row] = (await client.query<{ file: string }>(`SELECT current_setting('hba_file') AS file`)).rows;
    await client.end();
    await writeFile(
      row?.file ?? '',
      'host all app 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n',
    );
    await server.sql('SELECT pg_reload_conf()');
    const config = { mode: 'incrementing', table: 'orders', column: 'id' };
    const wrong = await checked(t, {
      source: 'postgres',
      config: { ...config, url: url.replace('secret', 'wrong') },
    });
    assert.equal(wrong.code, 4);
    assert.match(
      wrong.findings.join('\n'),
      /problem: cannot connect to .* as app: password authentication failed/,
    );
    assert.deepEqual(wrong.hints, ['check user and password in url']);
    const nowhere = await checked(t, {
      source: 'postgres',
      config: { ...config, url: url.replace('/shop', '/nope') },
    });
    assert.equal(nowhere.code, 4);
    assert.match(nowhere.findings.join('\n'), /problem: .*database "nope" does not exist/);
  });
});

describe('mysql', () => {
  let server: RealMariadb;
  let url: string;
  before(async () => {
    server = await startMariadb({ binlog_row_image: 'MINIMAL' });
    await server.sql(`CREATE USER app IDENTIFIED BY 'secret'; GRANT USAGE ON *.* TO app;
      CREATE TABLE orders (id int PRIMARY KEY, note varchar(5)); CREATE TABLE loose (id int, note text);
      CREATE DATABASE other; GRANT SELECT ON other.* TO app`);
    url = `mysql://app:secret@127.0.0.1:${String(server.port)}/shop`;
  });
  after(() => server.stop());
  const run = (statement: string): Promise<unknown> =>
    server.sql(statement.replace(/; and the same in .*/, ''));

  test('a wrong password, and no right on the database', async (t) => {
    const config = { mode: 'incrementing', table: 'orders', column: 'id' };
    const wrong = await checked(t, {
      source: 'mysql',
      config: { ...config, url: url.replace('secret', 'wrong') },
    });
    assert.equal(wrong.code, 4);
    assert.match(wrong.findings.join('\n'), /problem: cannot connect to .* as app: Access denied/);
    const { code, findings } = await checked(t, { source: 'mysql', config: { ...config, url } });
    assert.equal(code, 4);
    assert.match(
      findings.join('\n'),
      /problem: cannot connect.*Access denied for user 'app'@'%' to database 'shop'/,
    );
  });

  test('a source that polls', async (t) => {
    const config = {
      url: url.replace('/shop', '/other'),
      mode: 'incrementing',
      table: 'shop.orders',
      column: 'id',
    };
    const done = await mended(() => checked(t, { source: 'mysql', config }), run);
    assert.deepEqual(done, ['GRANT SELECT ON `shop`.`orders` TO `app`;']);
    const absent = await checked(t, { source: 'mysql', config: { ...config, table: 'other.nope' } });
    assert.match(absent.findings.join('\n'), /problem: there is no table other.nope/);
  });

  test('a sink: rights, the index of upsert, and the table of offsets', async (t) => {
    const config = { url, table: 'loose', mode: 'upsert', key: ['id'] };
    const done = await mended(() => checked(t, { sink: 'mysql', config }), run);
    assert.deepEqual(done, [
      'GRANT SELECT, INSERT, UPDATE, DELETE ON `shop`.`loose` TO `app`;',
      'GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON `shop`.`rmq_connect_offsets` TO `app`;',
      'ALTER TABLE `loose` ADD UNIQUE (`id`);',
    ]);
    const rows = await server.sql('SELECT count(*) AS n FROM loose');
    assert.deepEqual(
      rows.map(({ n }) => Number(n)),
      [0],
      'nothing was written',
    );
  });

  test('cdc: the row image, and the rights on the binlog', async (t) => {
    const config = { url, mode: 'cdc', tables: ['orders', 'loose'] };
    const done = await mended(() => checked(t, { source: 'mysql', config }), run);
    assert.deepEqual(
      done.map((statement) => statement.replace(/;.*/, '')),
      [
        'SET GLOBAL binlog_row_image = FULL',
        'GRANT REPLICATION SLAVE ON *.* TO `app`',
        'GRANT REPLICATION CLIENT ON *.* TO `app`',
      ],
    );
  });
});

test('mysql: cdc of tables that the user is not shown', async (t) => {
  const server = await startMariadb();
  t.after(() => server.stop());
  await server.sql(`CREATE USER app IDENTIFIED BY 'secret'; CREATE DATABASE other; GRANT SELECT ON other.* TO app;
    GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO app; CREATE TABLE orders (id int PRIMARY KEY)`);
  const url = `mysql://app:secret@127.0.0.1:${String(server.port)}/other`;
  const run = (statement: string): Promise<unknown> => server.sql(statement);
  const look = (tables: string, more: object = {}): Promise<Checked> =>
    checked(t, { source: 'mysql', config: { url, mode: 'cdc', tables: [tables], ...more } });
  const all = await look('shop.*');
  assert.deepEqual([all.code, all.hints], [4, ['GRANT SELECT ON `shop`.* TO `app`;']]);
  const done = await mended(() => look('shop.orders', { snapshot: 'never' }), run);
  assert.deepEqual(done, ['GRANT SELECT ON `shop`.`orders` TO `app`;']);
  const absent = await look('other.nope');
  assert.match(absent.findings.join('\n'), /problem: there is no table other.nope/);
  assert.match(absent.hints.join('\n'), /check `tables`/);
  const never = await look('shop.orders', { snapshot: 'never' });
  assert.ok(never.findings.includes('ok: table shop.orders is there'), never.findings.join('\n'));
});

test('redis: wrong password, a key of another kind, a command that is not allowed', async (t) => {
  const server = await startRedis();
  t.after(() => server.stop());
  const { Redis } = await import('ioredis');
  const admin = new Redis(server.port, '127.0.0.1');
  t.after(() => {
    admin.disconnect();
  });
  await admin.call('ACL', 'SETUSER', 'app', 'on', '>secret', '+@connection', '+type', '+info', '+acl', '~*');
  await admin.rpush('orders', 'a');
  const url = `redis://app:secret@127.0.0.1:${String(server.port)}`;
  const wrong = await checked(t, { sink: 'redis', config: { url: url.replace('secret', 'wrong') } });
  assert.equal(wrong.code, 4);
  assert.match(wrong.findings.join(), /problem: .*WRONGPASS/);
  const kind = await checked(t, { sink: 'redis', config: { url } });
  assert.equal(kind.code, 4);
  assert.match(kind.findings.join('\n'), /problem: orders is a list, and a stream is needed/);
  await admin.del('orders');
  const done = await mended(
    () => checked(t, { sink: 'redis', config: { url } }),
    (hint) => admin.call(...(hint.split(' ') as [string, ...string[]])),
  );
  assert.deepEqual(done, ['ACL SETUSER app +xadd']);
  await admin.call('ACL', 'SETUSER', 'app', 'reset', 'on', '>secret', '+@connection', '+info', '+acl');
  const all = await mended(
    () => checked(t, { source: 'redis', config: { url, mode: 'list', keys: 'orders' } }),
    (hint) => admin.call(...(hint.split(' ') as [string, ...string[]])),
  );
  assert.deepEqual(
    [...new Set(all)],
    [
      ...['lmove', 'blmove', 'lrange', 'lrem', 'llen'].map((command) => `ACL SETUSER app +${command}`),
      'ACL SETUSER app ~orders ~orders:it:processing',
      'ACL SETUSER app ~orders:it:processing',
      'ACL SETUSER app ~orders',
    ],
  );
});

const brokers: readonly (readonly [string, object, RegExp])[] = [
  [
    'rabbitmq: a wrong password',
    { source: 'rabbitmq', config: { url: 'amqp://guest:secret@127.0.0.1:5672', queue: 'q' } },
    /problem: .*ACCESS_REFUSED/,
  ],
  [
    'rabbitmq: no queue',
    { source: 'rabbitmq', config: { url: 'amqp://127.0.0.1:5672', queue: 'rmq-connect-nope' } },
    /problem: there is no queue rmq-connect-nope/,
  ],
  [
    'rabbitmq: no exchange',
    { sink: 'rabbitmq', config: { url: 'amqp://127.0.0.1:5672', exchange: 'rmq-connect-nope' } },
    /problem: there is no exchange rmq-connect-nope/,
  ],
  [
    'nats: no stream',
    { source: 'nats', config: { url: 'nats://127.0.0.1:4222', stream: 'rmq-connect-nope' } },
    /problem: .*stream not found/,
  ],
  [
    'nats: no stream that takes the subject',
    { sink: 'nats', config: { url: 'nats://127.0.0.1:4222', subject: 'rmq-connect-nope.{topic}' } },
    /problem: no stream takes the subject rmq-connect-nope.orders/,
  ],
];
for (const [name, connector, expected] of brokers) {
  test(name, async (t) => {
    const { code, findings } = await checked(t, connector);
    assert.match(findings.join('\n'), expected);
    assert.equal(code, 4);
  });
}
