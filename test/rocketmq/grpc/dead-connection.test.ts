import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { connectGrpcCluster } from '../../../src/rocketmq/grpc/connect.js';
import { until } from '../../rig/until.js';
import { proxyFor } from './connected.js';

/** Carries bytes to a server. What is connected can be frozen: nothing comes through any more, and neither end hears of it. */
async function relayTo(t: TestContext, target: string): Promise<{ address: string; freeze: () => void }> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((client) => {
    const [host, port] = target.split(':');
    const upstream = connect({ host: host ?? '', port: Number(port) });
    for (const socket of [client, upstream]) socket.on('error', () => undefined); // Both end with the test.
    client.pipe(upstream).pipe(client);
    pairs.add([client, upstream]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of [...pairs].flat()) socket.destroy();
  });
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    freeze: () => {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream).pause();
        upstream.unpipe(client).pause();
      }
    },
  };
}

test('a connection that died without a word is made anew, though other clients hold on to it', async (t) => {
  const proxy = await proxyFor(t, {});
  const relay = await relayTo(t, proxy.endpoint);
  const [producer, other] = [1, 2].map(() => {
    const cluster = connectGrpcCluster({ endpoints: [relay.address], requestTimeoutMs: 1_000 });
    t.after(() => cluster.close());
    return cluster.producer('p');
  });
  assert.ok(producer !== undefined && other !== undefined);
  const [lane] = await producer.queues('orders');
  await other.queues('orders');
  assert.ok(lane !== undefined);
  const send = (): Promise<unknown> => producer.send(lane, [{ body: Buffer.from('a') }]);
  await send();
  await until('both to tell their settings', () => (proxy.seen.telemetryStreams === 2 ? true : undefined));
  relay.freeze();
  for (let tries = 0; tries < 3; tries++) await assert.rejects(send(), { code: 'timeout' });
  await send();
  await until('the settings to be told again', () => (proxy.seen.telemetryStreams === 3 ? true : undefined));
});
