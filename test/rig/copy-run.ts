/** What is done to a worker in the middle of a copy job, and the run behind it. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { runCli, startCli, type CliResult } from './cli.js';
import type { CopyJob } from './copy-job.js';

/** Starts the job, and ends it in good order when that part of it is in the output. */
export async function stopInTheMiddle(t: TestContext, job: CopyJob, part: number): Promise<CliResult> {
  const worker = startCli(job.runOnce, { cwd: job.folder });
  t.after(() => worker.kill());
  await job.outputReaches(part);
  worker.signal('SIGINT');
  const stopped = await worker.ended;
  assert.equal(stopped.code, 0, stopped.stderr);
  return stopped;
}

/** The same, with kill -9. */
export async function killInTheMiddle(job: CopyJob, part: number): Promise<void> {
  const worker = startCli(job.runOnce, { cwd: job.folder });
  await job.outputReaches(part);
  await worker.kill();
}

/** Runs the job to its end. */
export async function runToTheEnd(job: CopyJob): Promise<void> {
  const ended = await runCli(job.runOnce, { cwd: job.folder });
  assert.equal(ended.code, 0, ended.stderr);
}
