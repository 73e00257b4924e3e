/** What a worker holds in memory is bounded, whatever the other side does. Peaks are Linux's; elsewhere they are not known. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { runCli, startCli, type RunningCli } from '../rig/cli.js';
import { startEmbeddedRig, type EmbeddedRig } from '../rig/embedded-rig.js';
import { until } from '../rig/until.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';

const megabyte = 1024 * 1024;
const mostMegabytes = 240;
/** With forty sources that all have a batch in flight, and have sent it again. */
const mostOfFortyMegabytes = 420;
const deadlineMs = 120_000;

function checkPeak(cli: RunningCli, most = mostMegabytes): void {
  const peak = cli.peakMemory() / megabyte;
  assert.ok(peak < most, `the worker had ${peak.toFixed(0)} MB in memory`);
}

/** A file of so many bytes; `line` is written again and again. */
async function writeInput(path: string, line: string, bytes: number): Promise<number> {
  const out = createWriteStream(path);
  const many = line.repeat(Math.max(1, Math.floor(megabyte / line.length)));
  let written = 0;
  for (; written < bytes; written += many.length) if (!out.write(many)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
  return written / line.length;
}

async function brokerApart(t: TestContext): Promise<EmbeddedRig> {
  const rig = await startEmbeddedRig(deadlineMs);
  atEnd(t, () => rig.stop());
  return rig;
}

async function countIn(nameserver: string, topic: string): Promise<number> {
  const cluster = connectCluster({ nameservers: [nameserver] });
  try {
    const queues = (await cluster.admin.topic(topic)) ?? [];
    return queues.reduce((sum, { min, max }) => sum + max - min, 0);
  } finally {
    await cluster.close();
  }
}

test('a file of 300 MiB without a newline', async (t) => {
  const cwd = await temporaryFolder(t);
  await writeInput(join(cwd, 'in.txt'), 'x', 300 * megabyte);
  await writeFile(
    join(cwd, 'job.yaml'),
    JSON.stringify({
      connectors: { read: { source: 'file', topic: 't', config: { path: 'in.txt', long_lines: 'skip' } } },
    }),
  );
  const worker = startCli(['run', 'job.yaml', '--once'], { cwd });
  const { code, stderr } = await worker.ended;
  assert.equal(code, 0, stderr);
  checkPeak(worker);
});

test('forty sources of 8 MiB each before a broker that stands still: they wait, and nothing is lost', async (t) => {
  const cwd = await temporaryFolder(t);
  const broker = await brokerApart(t);
  const { nameserver } = broker;
  await mkdir(join(cwd, 'in'));
  const names = Array.from({ length: 40 }, (_, index) => `read-${String(index)}`);
  const counts = await Promise.all(
    names.map((name) => writeInput(join(cwd, 'in', name), `${'y'.repeat(255)}\n`, 8 * megabyte)),
  );
  const connectors = Object.fromEntries(
    names.map((name) => [
      name,
      {
        source: 'file',
        topic: 't',
        topic_queues: 4,
        stalled_after_ms: 1_500,
        config: { path: `in/${name}` },
      },
    ]),
  );
  await writeFile(join(cwd, 'job.yaml'), JSON.stringify({ rocketmq: { nameserver }, connectors }));
  const worker = startCli(['run', 'job.yaml', '--once'], { cwd, deadlineMs });
  atEnd(t, () => worker.kill());
  await until('the first records', async () => ((await countIn(nameserver, 't')) > 0 ? true : undefined));
  process.kill(broker.brokerPid(), 'SIGSTOP');
  await worker.printed(/stalled/);
  checkPeak(worker);
  process.kill(broker.brokerPid(), 'SIGCONT');
  const { code, stderr } = await worker.ended;
  assert.equal(code, 0, stderr);
  assert.equal(
    await countIn(nameserver, 't'),
    counts.reduce((sum, count) => sum + count, 0),
  );
  checkPeak(worker, mostOfFortyMegabytes);
});

test('a sink that takes its time before 200 MiB, some messages of 4 MiB', async (t) => {
  const cwd = await temporaryFolder(t);
  const { nameserver } = await brokerApart(t);
  const lines = await writeInput(join(cwd, 'small.txt'), `${'z'.repeat(10_239)}\n`, 160 * megabyte);
  const large = await writeInput(join(cwd, 'large.txt'), `${'L'.repeat(3_900_000)}\n`, 40 * megabyte);
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let posts = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      posts += 1;
      void gate.then(() => response.end());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  const read = (path: string): object => ({
    source: 'file',
    topic: 't',
    topic_queues: 4,
    config: { path, max_line_bytes: 4_000_000 },
  });
  const fill = {
    rocketmq: { nameserver },
    connectors: { large: read('large.txt'), small: read('small.txt') },
  };
  await writeFile(join(cwd, 'fill.yaml'), JSON.stringify(fill));
  const filled = await runCli(['run', 'fill.yaml', '--once'], { cwd });
  assert.equal(filled.code, 0, filled.stderr);

  const post = { sink: 'http', topic: 't', stalled_after_ms: 1_500, config: { url, timeout_ms: 60_000 } };
  await writeFile(join(cwd, 'post.yaml'), JSON.stringify({ rocketmq: { nameserver }, connectors: { post } }));
  const worker = startCli(['run', 'post.yaml', '--once', '--data-dir', 'post'], { cwd, deadlineMs });
  atEnd(t, () => worker.kill());
  await worker.printed(/stalled/);
  checkPeak(worker);
  assert.ok(posts > 0);
  open();
  const { code, stderr } = await worker.ended;
  assert.equal(code, 0, stderr);
  assert.equal(posts, lines + large);
  checkPeak(worker);
});
