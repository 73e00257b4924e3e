import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiFailure } from '../../src/api/failure.js';
import { json, route } from '../../src/api/route.js';
import { startApiServer } from '../../src/api/server.js';

test('HEAD asks a stream for its headers only, and never acts', async (t) => {
  let acted = 0;
  let streams = 0;
  const server = await startApiServer({
    host: '127.0.0.1',
    port: 0,
    token: null,
    routes: [
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
    ],
    failed: ({ status, code, headers }) => ({ status, json: { code }, headers }),
    failureOf: (error) => new ApiFailure(500, 'fault', String(error)),
    ready: Promise.resolve(),
    onFault: (error) => assert.fail(String(error)),
  });
  t.after(() => server.close());
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
