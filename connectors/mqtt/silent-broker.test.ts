/** A broker that greets, takes part in nothing else, and does not hang up. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { SinkTask } from '../../src/sdk/index.js';
import { sinkContext, sinkRecord } from '../../src/sdk/acceptance/index.js';
import { sink } from './sink.js';
import { source } from './source.js';

const greeting = Buffer.from([0x20, 0x03, 0x00, 0x00, 0x00]);

async function silentBroker(t: TestContext): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('data', () => socket.write(greeting));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function writer(t: TestContext, config: object): Promise<SinkTask> {
  const connector = await sink.start(
    sink.spec.parse({ url: await silentBroker(t), ...config }),
    sinkContext('.'),
  );
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  return task;
}

test('what is not answered is tried again, and keeps nobody from closing', async (t) => {
  const task = await writer(t, { timeout_ms: 1_000 });
  await assert.rejects(task.write([sinkRecord({ value: 'x' })], AbortSignal.timeout(9_000)), {
    code: 'unreachable',
    message: /no answer for 1000 ms/,
    retryable: true,
  });
  await task.close();
});

test('a write that is told to end does, whatever the broker does', async (t) => {
  const task = await writer(t, { timeout_ms: 60_000 });
  const stop = new AbortController();
  setTimeout(() => {
    stop.abort();
  }, 50);
  await assert.rejects(
    task.write([sinkRecord({ value: 'x' })], stop.signal),
    (error) => error === stop.signal.reason,
  );
  await task.close();
});

test('a subscription that is not answered is an error', async (t) => {
  const url = await silentBroker(t);
  const context = { ...sinkContext('.'), task: 0, anew: () => Promise.resolve() };
  const connector = await source.start(source.spec.parse({ url, topics: 'a', timeout_ms: 1_000 }), context);
  await assert.rejects(connector.open({ part: 0 }, context, new Map()), { code: 'unreachable' });
});
