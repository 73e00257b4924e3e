/** How long an answer is waited for: of a server that speaks the protocol, and stops answering. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createServer } from 'mysql2';
import { freePort } from '../../test/rig/rocketmq/ports.js';
import { Mysql } from './connect.js';
import { mysqlError } from './mysql-error.js';

/** What mysql2 does not tell in its types of a connection that a server has. */
interface Taken {
  readonly stream: { destroy(): void };
  serverHandshake(greeting: object): void;
  writeOk(): void;
  _resetSequenceId(): void;
  on(event: 'query' | 'stmt_prepare', listener: (sql: string) => void): void;
  on(event: 'error', listener: () => void): void;
}

/** Says yes to what sets a session up, and nothing to all else. */
async function silentServer(
  t: TestContext,
): Promise<{ readonly port: number; readonly asked: string[]; readonly hangUp: () => void }> {
  const asked: string[] = [];
  const open: Taken[] = [];
  const server = createServer((given) => {
    const taken = given as unknown as Taken;
    open.push(taken);
    taken.on('error', () => undefined);
    taken.on('query', () => undefined);
    // The driver's own word for `SET`.
    taken.on('stmt_prepare', (sql) => {
      asked.push(sql);
      taken.writeOk();
      taken._resetSequenceId();
    });
    taken.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.0.0',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 45,
      capabilityFlags: 0xffffff ^ 0x800,
      authCallback: (_given: unknown, answer: (fault: null) => void) => {
        answer(null);
        taken._resetSequenceId();
      },
    });
  });
  const port = await freePort();
  server.listen(port);
  t.after(() => {
    server.close(() => undefined);
  });
  const hangUp = (): void => {
    for (const { stream } of open) stream.destroy();
  };
  return { port, asked, hangUp };
}

const fields = (port: number, statement_timeout_ms: number) => ({
  host: '127.0.0.1',
  port,
  user: 'app',
  database: 'shop',
  timeout_ms: 5_000,
  statement_timeout_ms,
});

test('no answer in time: told as unreachable, and the connection is not used again', async (t) => {
  const { port, asked } = await silentServer(t);
  const mysql = await Mysql.open(fields(port, 100), '.');
  t.after(() => {
    mysql.drop();
  });
  assert.match(asked.join('\n'), /lock_wait_timeout = 1, .*max_execution_time = 100 /s);
  const waits = await Promise.allSettled([mysql.rows('SELECT 1'), mysql.texts('SELECT 2')]);
  const whys = waits.map((one) => (one.status === 'rejected' ? mysqlError('cannot ask', one.reason) : null));
  assert.deepEqual(
    whys.map((error) => [error?.code, error?.message]),
    [
      ['unreachable', 'cannot ask: no answer within 2.1 s'],
      ['unreachable', 'cannot ask: the connection was closed'],
    ],
  );
  assert.ok(mysql.isBroken);
});

test('rows that do not come any more, because the server is gone, are waited for no longer', async (t) => {
  const { port, hangUp } = await silentServer(t);
  const mysql = await Mysql.open(fields(port, 0), '.');
  t.after(() => {
    mysql.drop();
  });
  const first = mysql.stream('SELECT 1', 10).next();
  hangUp();
  await assert.rejects(first, (error) => mysqlError('cannot read', error).code === 'unreachable');
});

test('rows that do not come, and a goodbye that is not answered, are not waited for without end', async (t) => {
  const { port } = await silentServer(t);
  const mysql = await Mysql.open(fields(port, 0), '.');
  t.after(() => {
    mysql.drop();
  });
  await assert.rejects(mysql.stream('SELECT 1', 10, 100).next(), /no row within 0.1 s/);
  assert.ok(mysql.isBroken);
  const other = await Mysql.open(fields(port, 0), '.');
  await other.close();
});

test('0: as long as it likes', async (t) => {
  const { port, asked } = await silentServer(t);
  const mysql = await Mysql.open(fields(port, 0), '.');
  t.after(() => {
    mysql.drop();
  });
  assert.doesNotMatch(asked.join('\n'), /lock_wait_timeout/);
  const asking = mysql.rows('SELECT 1');
  mysql.drop();
  await assert.rejects(asking, /the connection was closed/);
});
