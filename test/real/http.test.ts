import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it, type TestContext } from 'node:test';
import { startCli } from '../rig/cli.js';
import { copiedExamples } from '../rig/example.js';
import { freePort } from '../rig/rocketmq/ports.js';
import { arrivalOf, fileToSink, numbered, sourceToFile } from '../rig/through-rocketmq.js';
import { until } from '../rig/until.js';

/** Posts the text until it is answered with 200. */
const postUntilStored = (url: string, text: string): Promise<true> =>
  until(
    `200 for ${text}`,
    async () => ((await fetch(url, { method: 'POST', body: text })).status === 200 ? true : undefined),
    { deadlineMs: 60_000, everyMs: 100 },
  );

it(
  'server: what was answered with 200 is there after the worker was killed',
  { timeout: 120_000 },
  async (t) => {
    const port = await freePort();
    const job = await sourceToFile(t, { plugin: 'http', config: { listen: String(port) } });
    const worker = job.start();
    const expected = numbered(0, 300).map((line) => `${line}\n`);
    const posting = Promise.all(
      expected.map((text) => postUntilStored(`http://127.0.0.1:${String(port)}/`, text)),
    );
    await job.linesReach(1);
    await worker.kill();
    const next = job.start();
    await posting;
    const lines = expected.map((text) => text.trimEnd());
    await until('all', async () => (arrivalOf(lines, await job.lines()).missing === 0 ? true : undefined));
    await next.kill();
  },
);

async function collector(t: TestContext, port: number, into: string[]): Promise<Server> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      into.push(Buffer.concat(parts).toString());
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

it(
  'sink: neither a killed worker nor a server that goes away loses anything',
  { timeout: 120_000 },
  async (t) => {
    const written: string[] = [];
    const first = await collector(t, 0, written);
    const { port } = first.address() as AddressInfo;
    const expected = numbered(0, 2_000);
    const url = `http://127.0.0.1:${String(port)}/`;
    const job = await fileToSink(t, expected, { plugin: 'http', config: { url } });
    const worker = job.start();
    await until('some', () => (written.length > 0 ? true : undefined), { everyMs: 2, deadlineMs: 60_000 });
    await worker.kill();
    first.closeAllConnections();
    await new Promise((resolve) => first.close(resolve));
    const next = job.start();
    await next.printed(/unreachable|ECONNREFUSED/);
    await collector(t, port, written);
    await until('all', () => (arrivalOf(expected, written).missing === 0 ? true : undefined), {
      deadlineMs: 60_000,
    });
    await next.kill();
  },
);

it('runs its example', { timeout: 120_000 }, async (t) => {
  const folder = await copiedExamples(t);
  const written: string[] = [];
  const server = await collector(t, 0, written);
  const { port } = server.address() as AddressInfo;
  const mine = await freePort();
  const set = (path: string, value: string): string[] => ['--set', `connectors.${path}=${value}`];
  const cli = startCli(
    [
      ...['run', 'examples/http.yaml'],
      ...set('take-orders.config.listen', `127.0.0.1:${String(mine)}`),
      ...set('send-orders.config.url', `http://127.0.0.1:${String(port)}/orders`),
      ...set('poll-rates.config.url', `http://127.0.0.1:${String(port)}/rates`),
    ],
    { cwd: folder },
  );
  t.after(() => cli.kill());
  await until(
    'the order to be stored',
    async () => {
      const headers = { 'content-type': 'application/json' };
      const url = `http://127.0.0.1:${String(mine)}/orders`;
      return (await fetch(url, { method: 'POST', headers, body: '{"n":1}' })).status === 200
        ? true
        : undefined;
    },
    { deadlineMs: 60_000 },
  );
  await until('the order to be sent on', () => (written.includes('{"n":1}') ? true : undefined));
});
