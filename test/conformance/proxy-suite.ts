/** The main job through a proxy: all of it, what breaks it, and its ends. */
import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runCli, startCli } from '../rig/cli.js';
import { arrivalText } from '../rig/copy-job.js';
import { killInTheMiddle, runToTheEnd, stopInTheMiddle } from '../rig/copy-run.js';
import { Proxied } from '../rig/proxied.js';
import { topicEnd } from '../rig/rocketmq/ask.js';

export interface ProxySize {
  /** Of each job. */
  readonly lines: number;
  /** How often a worker is ended by Ctrl-C; the proxy is away the last time. */
  readonly ends: number;
}

const exactly = { missing: 0, duplicates: 0, damaged: 0 };

export function proxySuite({ lines, ends }: ProxySize): void {
  describe('the main job through a real proxy', () => {
    let proxied: Proxied;
    before(async () => {
      proxied = await Proxied.start('proxied');
    });
    after(() => proxied.stop());

    test('all records arrive, each once, and nothing is written beside the data', async (t) => {
      const job = await proxied.job(lines, 'through');
      t.after(() => job.remove());
      const home = join(job.folder, 'home');
      await mkdir(home);
      const ended = await runCli(job.runOnce, { cwd: job.folder, env: { HOME: home } });
      assert.equal(ended.code, 0, ended.stderr);
      const arrival = await job.arrival();
      t.diagnostic(`${arrivalText(arrival)} in ${String(Math.round(ended.ms / 1000))} s`);
      const { missing, duplicates, damaged } = arrival;
      assert.deepEqual({ missing, duplicates, damaged }, exactly);
      assert.equal(await topicEnd(proxied.rocketmq.nameserver, 'through'), lines);
      assert.deepEqual(await readdir(home), []);
      const there = await readdir(job.folder);
      assert.deepEqual(there.sort(), [
        'copy.yaml',
        'data',
        'home',
        ...[0, 1, 2, 3].map((n) => `in-${String(n)}.log`),
        'out.txt',
      ]);
      assert.equal(ended.stdout, '');
      assert.doesNotMatch(ended.stderr, /rocketmq-client|grpc-js|Warning/i);
    });

    test('the proxy is killed and started again in the middle: nothing is lost', async (t) => {
      const job = await proxied.job(lines, 'proxy-killed');
      t.after(() => job.remove());
      const worker = startCli(job.runOnce, { cwd: job.folder });
      t.after(() => worker.kill());
      await job.outputReaches(0.1);
      await proxied.proxy.kill();
      await proxied.proxy.start();
      const ended = await worker.ended;
      assert.equal(ended.code, 0, worker.output());
      const arrival = await job.arrival();
      t.diagnostic(`${arrivalText(arrival)} in ${String(Math.round(ended.ms / 1000))} s`);
      assert.equal(arrival.missing, 0);
      assert.equal(arrival.damaged, 0);
    });

    test('stopped in the middle, a second run brings the rest', async (t) => {
      const job = await proxied.job(lines, 'stopped');
      t.after(() => job.remove());
      const stopped = await stopInTheMiddle(t, job, 0.2);
      assert.ok(stopped.ms < 60_000);
      await runToTheEnd(job);
      const arrival = await job.arrival();
      t.diagnostic(arrivalText(arrival));
      assert.equal(arrival.missing, 0);
    });

    test('kill -9 of the worker in the middle and a second run: nothing is lost', async (t) => {
      const job = await proxied.job(lines, 'worker-killed');
      t.after(() => job.remove());
      await killInTheMiddle(job, 0.2);
      await runToTheEnd(job);
      const arrival = await job.arrival();
      t.diagnostic(arrivalText(arrival));
      assert.equal(arrival.missing, 0);
      assert.ok(arrival.damaged <= 1, 'at most the line that was being written when it was killed');
    });

    test('Ctrl-C ends it in time, every time, also with the proxy away', async (t) => {
      const job = await proxied.job(1_000, 'ended');
      t.after(() => job.remove());
      const [, file = '', , ...rest] = job.runOnce;
      for (let round = 0; round < ends; round++) {
        const worker = startCli(['run', file, ...rest], { cwd: job.folder });
        t.after(() => worker.kill());
        await worker.printed(/write-lines: started/);
        const proxyAway = round === ends - 1;
        if (proxyAway) await proxied.proxy.kill();
        const since = performance.now();
        worker.signal('SIGINT');
        const ended = await worker.ended;
        const took = performance.now() - since;
        assert.equal(ended.signal, null, `round ${String(round)}`);
        assert.ok(took < (proxyAway ? 31_000 : 5_000), `round ${String(round)}: ${String(took)} ms`);
        if (!proxyAway) assert.equal(ended.code, 0, ended.stderr);
      }
      await proxied.proxy.start();
    });
  });
}
