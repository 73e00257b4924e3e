import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { tell } from '../../src/cli/exit-code.js';
import { WorkerApi } from '../../src/cli/worker-api.js';

async function served(t: TestContext, answer: RequestListener): Promise<WorkerApi> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return new WorkerApi(new URL(`http://127.0.0.1:${String(port)}`), null);
}

test('an answer that is no JSON, or is cut off, is none: a fault of what was asked, and not of ours', async (t) => {
  const answers: readonly RequestListener[] = [
    (_request, response) => response.end('<html>'),
    (_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{', () => response.destroy());
    },
  ];
  for (const answer of answers) {
    const api = await served(t, answer);
    const error = await api.ask('GET', '/').catch((cause: unknown) => cause);
    const { exitCode, code, message } = tell(error);
    assert.deepEqual([exitCode, code], [3, 'unreachable'], message);
    assert.match(message, /^the worker's API at http:\/\/127\.0\.0\.1:\d+ does not answer: /);
  }
});
