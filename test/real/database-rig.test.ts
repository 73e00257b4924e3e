import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMariadb } from '../rig/mariadb.js';
import { startPostgres } from '../rig/postgres.js';

test('a PostgreSQL of our own decodes logically, and comes back with its data', async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  await postgres.sql('CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)');
  assert.deepEqual(await postgres.sql('SHOW wal_level'), [{ wal_level: 'logical' }]);
  await postgres.kill();
  await postgres.start();
  await postgres.sql('INSERT INTO kept VALUES (2)');
  await postgres.halt();
  await postgres.start();
  assert.deepEqual(await postgres.sql('SELECT n FROM kept ORDER BY n'), [{ n: 1 }, { n: 2 }]);
});

test('a MariaDB of our own logs rows, and comes back with its data', async (t) => {
  const mariadb = await startMariadb();
  t.after(() => mariadb.stop());
  await mariadb.sql('CREATE TABLE kept (n int PRIMARY KEY); INSERT INTO kept VALUES (1)');
  assert.deepEqual(await mariadb.sql('SELECT @@binlog_format AS format'), [{ format: 'ROW' }]);
  await mariadb.kill();
  await mariadb.start();
  await mariadb.sql('INSERT INTO kept VALUES (2)');
  await mariadb.halt();
  await mariadb.start();
  assert.deepEqual(await mariadb.sql('SELECT n FROM kept ORDER BY n'), [{ n: 1 }, { n: 2 }]);
});
