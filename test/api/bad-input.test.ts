/** Whatever is sent to whichever endpoint: a 4xx in the form of errors, nothing changed, the worker unhurt. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../rig/cli.js';
import { until } from '../rig/until.js';
import { ask, serviceFolder, startService, type Answered, type Service } from './service.js';

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: object }>>>>;
}

const token = 'a-token-of-the-tests';
const bearer = { authorization: `Bearer ${token}` };

function isError({ status, body }: Answered, what: string): void {
  assert.ok(status >= 400 && status < 500, `${what}: ${String(status)} ${JSON.stringify(body)}`);
  const {
    error_code: code,
    message,
    error,
  } = body as {
    error_code: number;
    message: string;
    error: { code: string; message: string };
  };
  assert.equal(code, status, what);
  assert.equal(typeof error.code, 'string', what);
  assert.equal(error.message, message, what);
}

/** Every operation of the description; of a connector that is there, or of none. */
async function operations(
  service: Service,
  name: string,
): Promise<readonly { method: string; path: string; takesBody: boolean }[]> {
  const { paths } = (await service.ask('GET', '/openapi.json', undefined, bearer)).body as Described;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => ({
      method: method.toUpperCase(),
      path: path
        .replace('{plugin}', 'file')
        .replace('{task}', '7')
        .replaceAll(/\{\w+\}/g, name),
      takesBody: requestBody !== undefined,
    })),
  );
}

async function withToken(t: Parameters<typeof serviceFolder>[0]): Promise<Service> {
  const folder = await serviceFolder(t);
  await writeFile(join(folder, 'token'), `${token}\n`);
  await writeFile(join(folder, 'in.txt'), 'a\n');
  const service = await startService(t, folder, { args: ['--api-token-file', 'token'] });
  const config = { source: 'file', topic: 't', config: { path: 'in.txt' } };
  const created = await service.ask('POST', '/connectors', { name: 'in', config }, bearer);
  assert.equal(created.status, 201);
  return service;
}

test('without the token, or with a wrong one: 401, on every endpoint but those of health', async (t) => {
  const service = await withToken(t);
  const open = new Set(['/healthz', '/readyz']);
  for (const { method, path } of await operations(service, 'in')) {
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Basic ${token}` }]) {
      if (open.has(path) && !('authorization' in headers)) continue;
      const answer = await service.ask(method, path, undefined, headers);
      assert.equal(answer.status, 401, `${method} ${path}`);
      isError(answer, path);
    }
  }
  assert.equal((await service.ask('GET', '/nowhere')).status, 401);
  assert.equal((await service.ask('GET', '/healthz')).status, 200);
  assert.deepEqual((await service.ask('GET', '/connectors', undefined, bearer)).body, ['in']);
  assert.ok(!service.output().includes(token));
});

const bodies: readonly unknown[] = [
  '{',
  '"text"',
  '[]',
  '7',
  'null',
  '{"name":',
  '\u0000',
  { name: 7, config: {} },
  { name: 'x', config: 7 },
  { name: 'x' },
  { name: 'a/b', config: { source: 'file', topic: 't', config: { path: 'x' } } },
  { name: '', config: { source: 'file', topic: 't', config: { path: 'x' } } },
  { name: 'x', config: { source: 'nothing', topic: 't' } },
  { name: 'x', config: { source: 'file', topic: 'a b', tasks: 'many', config: { path: 7 } } },
  { name: 'x', config: {}, more: true },
  { source: 'file', topic: 't', tasks: -1, config: { path: 'in.txt' } },
  { __proto__: null, constructor: 7 },
  { offsets: [{ partition: 7, offset: 'x' }] },
  { level: 'LOUD' },
  { to_connector: 'yes' },
];

test('bodies of wrong types, names and shapes change nothing', async (t) => {
  const service = await withToken(t);
  const before = (await service.ask('GET', '/connectors/in/config', undefined, bearer)).body;
  for (const { method, path, takesBody } of await operations(service, 'in')) {
    // An entry that does not hold is what these are for: they say so with 200.
    if (!takesBody || path.endsWith('/validate') || path === '/plan') continue;
    for (const body of bodies) {
      isError(await service.ask(method, path, body, bearer), `${method} ${path} ${JSON.stringify(body)}`);
    }
    isError(await service.ask(method, path, undefined, bearer), `${method} ${path} without a body`);
    const typed = { ...bearer, 'content-type': 'text/plain' };
    assert.equal((await service.ask(method, path, '{}', typed)).status, 415);
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    isError(await service.ask(method, path, deep, bearer), `${method} ${path} deep`);
    const large = await service.ask(method, path, `"${'x'.repeat(10 * 1024 * 1024)}"`, bearer);
    assert.equal(large.status, 413, `${method} ${path}`);
    isError(large, path);
  }
  for (const { method, path } of await operations(service, 'nobody')) {
    if (!path.includes('nobody')) continue;
    const body =
      method === 'GET' || method === 'DELETE' ? undefined : { offsets: [{ partition: {}, offset: null }] };
    isError(await service.ask(method, path, body, bearer), `${method} ${path}`);
  }
  for (const path of [
    '/connectors?expand=all',
    '/connectors/in/restart?onlyFailed=perhaps',
    '/%',
    '/dlq/in?limit=x',
  ]) {
    const method = path.includes('restart') ? 'POST' : 'GET';
    isError(await service.ask(method, path, undefined, bearer), path);
  }
  assert.equal((await service.ask('PUT', '/connectors', {}, bearer)).status, 405);
  assert.deepEqual((await service.ask('GET', '/connectors', undefined, bearer)).body, ['in']);
  assert.deepEqual((await service.ask('GET', '/connectors/in/config', undefined, bearer)).body, before);
  assert.equal((await service.stop()).code, 0, service.output());
});

test('clients that are slow, break off, or send what is no HTTP keep nobody else waiting', async (t) => {
  const service = await withToken(t);
  const { hostname, port } = new URL(service.url);
  const sockets = [
    'POST /connectors HTTP/1.1\r\nhost: 127.0.0.1\r\n',
    `POST /connectors HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\ncontent-length: 100\r\n\r\n{`,
    'what\r\n\r\n',
    '',
  ].map((text) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(text);
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  assert.equal((await service.ask('GET', '/connectors', undefined, bearer)).status, 200);
  for (const socket of sockets) socket.destroy();
  await until('it answers as before', async () =>
    (await service.ask('GET', '/connectors/in/status', undefined, bearer)).status === 200 ? true : undefined,
  );
  assert.ok(!service.output().includes('error'), service.output());
});

test('pages of other sites, and names that were made to lead here, are refused', async (t) => {
  const folder = await serviceFolder(t);
  const service = await startService(t, folder);
  const { port } = new URL(service.url);
  const foreign = { origin: 'http://elsewhere.example' };
  assert.equal((await service.ask('DELETE', '/connectors/x', undefined, foreign)).status, 403);
  const site = { 'sec-fetch-site': 'cross-site' };
  assert.equal((await service.ask('PUT', '/connectors/x/pause', undefined, site)).status, 403);
  const own = { origin: service.url };
  assert.equal((await service.ask('DELETE', '/connectors/x', undefined, own)).status, 404);
  assert.equal((await ask(`http://localhost:${port}`, 'GET', '/connectors')).status, 200);
  const socket = connect(Number(port), '127.0.0.1');
  socket.end('GET /connectors HTTP/1.1\r\nhost: elsewhere.example\r\nconnection: close\r\n\r\n');
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  assert.match(answer, /^HTTP\/1\.1 403 /);
});

test('an address that others reach needs a token', async (t) => {
  const folder = await serviceFolder(t);
  const ended = await runCli(['run', '--api', '0.0.0.0:0', '--data-dir', 'data'], { cwd: folder });
  assert.equal(ended.code, 2, ended.stderr);
  assert.match(ended.stderr, /--api-token-file/);
  const none = await runCli(['run', '--data-dir', 'data'], { cwd: folder });
  assert.equal(none.code, 2);
});
