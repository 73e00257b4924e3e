import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it, type TestContext } from 'node:test';
import type { Finding, JsonObject, Position, SourceTask, Value } from '../../src/sdk/index.js';
import { sinkContext } from '../../src/sdk/acceptance/index.js';
import { freePort } from './free-port.test.helper.js';
import { Requester, type Answer } from './request.js';
import { source } from './source.js';

const signal = (): AbortSignal => AbortSignal.timeout(9_000);

interface Served {
  readonly port: number;
  readonly task: SourceTask;
  readonly post: (body: string, headers?: Readonly<Record<string, string>>, path?: string) => Promise<Answer>;
  /** Reads that many records, and has them stored. */
  readonly store: (count: number) => Promise<readonly Value[]>;
}

async function served(t: TestContext, config: JsonObject = {}): Promise<Served> {
  const port = await freePort();
  const its = source.spec.parse({ listen: String(port), path: '/in', ...config });
  const connector = await source.start(its, sinkContext('.'));
  const task = await connector.open(
    {},
    { ...sinkContext('.'), task: 0, anew: () => Promise.resolve() },
    new Map(),
  );
  const requester = new Requester({ tls: null, timeoutMs: 9_000, connections: 8 });
  t.after(async () => {
    requester.close();
    await task.close();
  });
  return {
    port,
    task,
    post: (body, headers = { 'content-type': 'application/json' }, path = '/in') =>
      requester.send(
        { method: 'POST', url: `http://127.0.0.1:${port}${path}`, headers, body: Buffer.from(body) },
        signal(),
      ),
    store: async (count) => {
      const values: Value[] = [];
      while (values.length < count) {
        const batch = await task.read(signal());
        assert.ok(batch !== null);
        values.push(...batch.records.map(({ value }) => value));
        await task.committed?.(batch.partition, batch.records.at(-1)?.position ?? null);
      }
      return values;
    },
  };
}

it('a check knows the port of the running connector from one that something else has', async (t) => {
  const { port } = await served(t);
  const look = async (listen: string): Promise<readonly Finding[]> => {
    const context = { ...sinkContext('.'), timeoutMs: 5_000, signal: signal() };
    const findings: Finding[] = [];
    for await (const one of source.inspect?.(source.spec.parse({ listen, path: '/in' }), context) ?? [])
      findings.push(one);
    return findings;
  };
  assert.deepEqual(
    (await look(String(port))).map(({ level, what }) => [level, what]),
    [['warning', `an rmq-connect listens on ${port}: the connector may be running`]],
  );
  const other = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const taken = String((other.address() as AddressInfo).port);
  await assert.rejects(look(taken), { code: 'unavailable' });
});

it('takes one value, lists, lines and bytes, and answers when they are stored', async (t) => {
  const { post, store } = await served(t);
  for (const [type, body, expected] of [
    ['application/json; charset=utf-8', '{"a":1}', [{ a: 1 }]],
    ['application/json', '[1,null,"x"]', [1, null, 'x']],
    ['application/x-ndjson', '{"a":1}\n\n2\n', [{ a: 1 }, 2]],
    ['text/plain', 'as it is\n', [Buffer.from('as it is\n')]],
  ] as const) {
    const posting = post(body, { 'content-type': type });
    let isAnswered = false;
    void posting.then(() => {
      isAnswered = true;
    });
    assert.deepEqual(await store(expected.length), expected);
    const { status, body: answer } = await posting;
    assert.deepEqual([status, answer.toString()], [200, `{"stored":${String(expected.length)}}\n`]);
    assert.ok(isAnswered);
  }
});

it('does not answer before', async (t) => {
  const { task, post } = await served(t, { timeout_ms: 1_000 });
  const posting = post('1');
  assert.ok((await task.read(signal())) !== null);
  assert.equal((await posting).status, 504);
});

it('refuses what it does not take', async (t) => {
  const { post, store } = await served(t, { token: 'right', max_body_bytes: 20 });
  const right = { authorization: 'Bearer right', 'content-type': 'application/json' };
  assert.equal((await post('1', { authorization: 'Bearer wrong' })).status, 401);
  assert.equal((await post('1', right, '/elsewhere')).status, 404);
  assert.equal((await post('{', right)).status, 400);
  assert.equal((await post(`"${'x'.repeat(30)}"`, right)).status, 413);
  assert.equal((await post('[]', right)).status, 200);
  const posting = post('7', right);
  assert.deepEqual(await store(1), [7]);
  assert.equal((await posting).status, 200);
});

it('takes no more bodies than fit into memory while they are not stored', async (t) => {
  const { task, post } = await served(t, { max_body_bytes: 40 * 1024 * 1024 });
  const large = 'x'.repeat(31 * 1024 * 1024);
  const text = { 'content-type': 'text/plain' };
  const first = [post(large, text), post(large, text)];
  const positions: Position[] = [];
  while (positions.length < 2) {
    const batch = await task.read(signal());
    positions.push(...(batch?.records ?? []).map(({ position }) => position));
  }
  assert.equal((await post(large, text)).status, 503);
  await task.committed?.('/in', positions.at(-1) ?? null);
  assert.deepEqual(
    (await Promise.all(first)).map(({ status }) => status),
    [200, 200],
  );
  const next = post(large, text);
  const batch = await task.read(signal());
  await task.committed?.('/in', batch?.records.at(-1)?.position ?? null);
  assert.equal((await next).status, 200);
});

it('tells who still waits to send again when it is closed', async (t) => {
  const { task, post } = await served(t);
  const posting = post('1');
  assert.ok((await task.read(signal())) !== null);
  await task.close();
  assert.equal((await posting).status, 503);
});

it('says that a host is none of this machine, which no other try mends', async () => {
  const connector = await source.start(source.spec.parse({ listen: '192.0.2.1:80' }), sinkContext('.'));
  const open = connector.open({}, { ...sinkContext('.'), task: 0, anew: () => Promise.resolve() }, new Map());
  await assert.rejects(open, { code: 'config', hint: /the host in listen/ });
});

it('says that its port is taken', async (t) => {
  const first = await served(t);
  assert.ok(first.task);
  const port = await freePort();
  const config = source.spec.parse({ listen: String(port) });
  const connector = await source.start(config, sinkContext('.'));
  const open = (): Promise<SourceTask> =>
    connector.open({}, { ...sinkContext('.'), task: 0, anew: () => Promise.resolve() }, new Map());
  const task = await open();
  t.after(() => task.close());
  await assert.rejects(open(), { code: 'unavailable', hint: /another port/ });
});
