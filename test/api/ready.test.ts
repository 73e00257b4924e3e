import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ApiFailure } from '../../src/api/failure.js';
import { json, route } from '../../src/api/route.js';
import { startApiServer } from '../../src/api/server.js';
import { atEnd } from '../temp-folder.js';

test('a request that comes before the worker has its connectors waits for them', async (t) => {
  let begin = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let has = false;
  const server = await startApiServer({
    host: '127.0.0.1',
    port: 0,
    token: null,
    ready,
    routes: [route('GET', '/has', { summary: 'Whether it has them.', handle: () => json({ has }) })],
    failed: ({ status }) => json({}, status),
    failureOf: (error) => new ApiFailure(500, 'internal', String(error)),
    onFault: () => undefined,
  });
  atEnd(t, () => server.close());
  const asked = fetch(`${server.url}/has`);
  await Promise.race([asked, pause(200)]);
  has = true;
  begin();
  assert.deepEqual(await (await asked).json(), { has: true });
});
