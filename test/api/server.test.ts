import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { z } from 'zod';
import { ApiFailure } from '../../src/api/failure.js';
import { json, route, type Route } from '../../src/api/route.js';
import { startApiServer, type ApiServer, type ApiServerOptions } from '../../src/api/server.js';
import { atEnd } from '../temp-folder.js';

/** A server for anyone; unless `options` say otherwise, no fault may happen in it. */
async function serving(
  t: TestContext,
  routes: readonly Route[],
  options: Partial<ApiServerOptions> = {},
): Promise<ApiServer> {
  const server = await startApiServer({
    host: '127.0.0.1',
    port: 0,
    token: null,
    routes,
    failed: ({ status, code, headers }) => ({ status, json: { code }, headers }),
    failureOf: (error) => new ApiFailure(500, 'fault', String(error)),
    ready: Promise.resolve(),
    onFault: (error) => assert.fail(String(error)),
    ...options,
  });
  atEnd(t, () => server.close());
  return server;
}

test('HEAD asks a stream for its headers only, and never acts', async (t) => {
  let acted = 0;
  let streams = 0;
  const server = await serving(t, [
    route('GET', '/stream', {
      summary: 'Writes on and on.',
      handle: () => ({
        status: 200,
        type: 'text/event-stream',
        stream: (response) => {
          streams += 1;
          response.write(': here\n\n');
        },
      }),
    }),
    route('GET', '/act', {
      summary: 'Does something.',
      changes: true,
      handle: () => {
        acted += 1;
        return json({});
      },
    }),
  ]);
  const head = (path: string): Promise<Response> =>
    fetch(`${server.url}${path}`, { method: 'HEAD', signal: AbortSignal.timeout(10_000) });
  const stream = await head('/stream');
  assert.deepEqual([stream.status, stream.headers.get('content-type')], [200, 'text/event-stream']);
  // The next answer on the connection comes only where the stream has ended.
  const act = await head('/act');
  assert.deepEqual([act.status, act.headers.get('allow')], [405, 'GET']);
  assert.deepEqual([streams, acted], [0, 0]);
  assert.equal((await fetch(`${server.url}/act`)).status, 200);
  assert.equal(acted, 1);
});

test('a stream is not begun for who has gone while it was made ready', async (t) => {
  let begun = 0;
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let asked = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const server = await serving(t, [
    route('GET', '/stream', {
      summary: 'Writes on and on.',
      handle: async () => {
        asked();
        await held;
        return {
          status: 200,
          type: 'text/event-stream',
          stream: () => {
            begun += 1;
          },
        };
      },
    }),
  ]);
  const gone = assert.rejects(fetch(`${server.url}/stream`));
  await isAsked;
  await server.close();
  await gone;
  release();
  await held;
  await new Promise(setImmediate);
  assert.equal(begun, 0);
});

test('who sends too slowly is cut off with 408, in the middle of a header or of a body; others are answered', async (t) => {
  const faults: unknown[] = [];
  const takes = route('POST', '/take', {
    summary: 'Takes a body.',
    body: z.object({}),
    handle: () => json({}),
  });
  const server = await serving(t, [takes], {
    onFault: (error) => faults.push(error),
    patience: { headers: 200, request: 400, look: 50 },
  });
  const { hostname, port } = new URL(server.url);
  const inBody = `POST /take HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: 100\r\n\r\n{`;
  const slow = ['POST /take HTTP/1.1\r\nhost: x', inBody];
  const answers = await Promise.all(
    slow.map(async (text) => {
      const socket = connect(Number(port), hostname);
      let answer = '';
      socket.setEncoding('utf8').on('data', (some: string) => {
        answer += some;
      });
      socket.write(text);
      const body = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
      assert.equal((await fetch(`${server.url}/take`, body)).status, 200);
      await once(socket, 'close');
      return answer.split('\r\n')[0];
    }),
  );
  assert.deepEqual(answers, ['HTTP/1.1 408 Request Timeout', 'HTTP/1.1 408 Request Timeout']);
  assert.deepEqual(faults, []);
});
