import assert from 'node:assert/strict';
import dns from 'node:dns';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connections } from '../../../src/rocketmq/remoting/connections.js';
import { freeAddress } from './scripted-server.js';

const request = { code: 30, name: 'TRIED', fields: {} };

function connectionsOf(context: TestContext): Connections {
  const connections = new Connections({ connectTimeoutMs: 2_000, requestTimeoutMs: 2_000, idleMs: 10_000 });
  context.after(() => connections.close());
  return connections;
}

test('a request that is given up before it begins opens nothing, and leaves nothing that fails unheard', async (context) => {
  const connections = connectionsOf(context);
  const address = await freeAddress();
  const signal = AbortSignal.abort(new Error('not needed'));
  await assert.rejects(connections.ask(address, request, { signal }), { message: 'not needed' });
  await sleep(50);
});

test('the time of a request includes the wait for a connection', async (context) => {
  const connections = connectionsOf(context);
  const address = await freeAddress();
  for (let tries = 0; tries < 4; tries++) await assert.rejects(connections.ask(address, request));
  // The next attempt starts 400 ms after the last.
  const startedAt = performance.now();
  await assert.rejects(connections.ask(address, request, { timeoutMs: 50 }), {
    code: 'unreachable',
    message: /no connection within 50 ms/,
  });
  assert.ok(performance.now() - startedAt < 300);
});

test('closing does not wait for a connection that is being opened', async (context) => {
  const asked = new Promise<void>((resolve) => {
    context.mock.method(dns, 'lookup', resolve);
  });
  const connections = new Connections({ connectTimeoutMs: 60_000, requestTimeoutMs: 60_000, idleMs: 10_000 });
  const refused = assert.rejects(connections.ask('never-found:1', request), { code: 'closed' });
  await asked;
  await connections.close();
  await refused;
});
