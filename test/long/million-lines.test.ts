/** A million lines through both brokers: whole, interrupted, killed; memory and start-up time. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { startCli, type CliResult, type RunningCli } from '../rig/cli.js';
import { arrivalText, copyJob, type CopyJob } from '../rig/copy-job.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';
import { topicEnd } from '../rig/rocketmq/ask.js';
import { until } from '../rig/until.js';

const lines = 1_000_000;
const exactly = { expected: lines, missing: 0, duplicates: 0, disordered: 0, damaged: 0 };
const memoryLimit = 200 * 1024 * 1024;
const firstRecordLimitMs = 1500;

describe('a million lines', () => {
  let rocketmq: RealRocketmq;
  before(async () => {
    rocketmq = await startRocketmq({ name: 'million' });
  });
  after(() => rocketmq.stop());
  const brokers = [
    { broker: 'the embedded broker', nameserver: () => undefined },
    { broker: 'a real RocketMQ', nameserver: () => rocketmq.nameserver },
  ];

  for (const [index, { broker, nameserver }] of brokers.entries()) {
    const jobFor = async (t: TestContext, name: string, count = lines): Promise<CopyJob> => {
      const at = nameserver();
      const topic = `${name}-${String(index)}`;
      const job = await copyJob({ lines: count, topic, ...(at === undefined ? {} : { nameserver: at }) });
      t.after(() => job.remove());
      return job;
    };

    test(`through ${broker}: every line once, under 200 MB`, async (t) => {
      const job = await jobFor(t, 'whole');
      const run = startCli(job.runOnce, { cwd: job.folder });
      const { ms } = await well(t, run);
      t.diagnostic(`${((lines / ms) * 1000).toFixed(0)} lines/s, ${(ms / 1000).toFixed(1)} s in all`);
      assert.deepEqual(await job.arrival(), exactly);
      assert.ok(run.peakMemory() < memoryLimit, `${String(run.peakMemory())} bytes`);
    });

    test(`through ${broker}, SIGINT in the middle: every line once`, async (t) => {
      const job = await jobFor(t, 'interrupted');
      const first = startCli(job.runOnce, { cwd: job.folder });
      await job.outputReaches(0.3);
      first.signal('SIGINT');
      await well(t, first);
      const middle = await job.arrival();
      assert.ok(middle.missing > 0, 'it was stopped in the middle');
      await well(t, startCli(job.runOnce, { cwd: job.folder }));
      assert.deepEqual(await job.arrival(), exactly);
    });

    test(`through ${broker}, kill -9 three times: nothing lost`, async (t) => {
      const job = await jobFor(t, 'killed');
      const kills = [0.1, 0.3, 0.6];
      for (const part of kills) {
        const run = startCli(job.runOnce, { cwd: job.folder });
        await job.outputReaches(part);
        await run.kill();
      }
      assert.ok((await job.arrival()).missing > 0, 'it was killed in the middle');
      await well(t, startCli(job.runOnce, { cwd: job.folder }));
      const arrival = await job.arrival();
      t.diagnostic(arrivalText(arrival));
      assert.equal(arrival.missing, 0);
      assert.ok(arrival.damaged <= kills.length, 'at most the lines that were being written');
      assert.equal(arrival.disordered, 0);
    });

    test(`the first record is in ${broker} within 1.5 s`, async (t) => {
      const job = await jobFor(t, 'first', 1000);
      const startedAt = performance.now();
      const run = startCli(
        job.runOnce.filter((arg) => arg !== '--once'),
        { cwd: job.folder },
      );
      t.after(() => run.kill());
      const stored = async (): Promise<number | undefined> => {
        const end = await topicEnd(nameserver() ?? (await embeddedAddress(job)), job.topic);
        return end === null || end === 0 ? undefined : performance.now() - startedAt;
      };
      const ms = await until('the first record', stored, { everyMs: 2 });
      t.diagnostic(`first record after ${ms.toFixed(0)} ms`);
      assert.ok(ms < firstRecordLimitMs, `${ms.toFixed(0)} ms`);
      run.signal('SIGTERM');
      assert.equal((await run.ended).code, 0, run.output());
    });
  }

  test('the real broker is killed and started again in the middle: nothing lost', async (t) => {
    const job = await copyJob({ lines, topic: 'broker-killed', nameserver: rocketmq.nameserver });
    t.after(() => job.remove());
    const run = startCli(job.runOnce, { cwd: job.folder });
    t.after(() => run.kill());
    await job.outputReaches(0.3);
    await rocketmq.killBroker();
    await rocketmq.startBroker();
    await well(t, run);
    const arrival = await job.arrival();
    t.diagnostic(arrivalText(arrival));
    assert.deepEqual({ ...arrival, duplicates: 0 }, exactly);
  });
});

/** Resolves when it has ended well. */
async function well(t: TestContext, run: RunningCli): Promise<CliResult> {
  const ended = await run.ended;
  assert.equal(ended.code, 0, ended.stderr);
  t.diagnostic(`peak resident memory ${(run.peakMemory() / 1_048_576).toFixed(0)} MiB`);
  return ended;
}

async function embeddedAddress(job: CopyJob): Promise<string> {
  const { address } = JSON.parse(await readFile(join(job.dataDir, 'broker.json'), 'utf8')) as {
    address: string;
  };
  return address;
}
