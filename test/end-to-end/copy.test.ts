/** File → topic → file through the embedded broker, in one command, whole and interrupted. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { cliJson, runCli } from '../rig/cli.js';
import { arrivalText, copyJob, type CopyJob, type CopyOptions } from '../rig/copy-job.js';
import { killInTheMiddle, runToTheEnd, stopInTheMiddle } from '../rig/copy-run.js';
import { sinkQueues, type Lag, type OffsetsShow, type TasksList } from '../rig/results.js';

const exactly = { missing: 0, duplicates: 0, disordered: 0, damaged: 0 };

async function jobFor(t: TestContext, options: CopyOptions): Promise<CopyJob> {
  const job = await copyJob(options);
  t.after(() => job.remove());
  return job;
}

describe('copying files through the embedded broker', () => {
  test('every line arrives once, byte for byte, and the numbers are right', async (t) => {
    const job = await jobFor(t, { lines: 50_000 });
    const ended = await runCli(job.runOnce, { cwd: job.folder });
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(await job.arrival(), { expected: 50_000, ...exactly });

    const at = ['--data-dir', job.dataDir];
    const offsets = await cliJson<OffsetsShow>(['offsets', 'show', ...at], { cwd: job.folder });
    const queues = sinkQueues(offsets);
    assert.equal(queues.length, 4);
    assert.equal(
      queues.reduce((sum, { offset }) => sum + (offset ?? 0), 0),
      50_000,
    );
    assert.ok(queues.every(({ lag, offset, max }) => lag === 0 && offset === max));
    assert.ok(
      queues.every(({ max }) => max === 12_500),
      'four files are dealt evenly over four queues',
    );
    const source = offsets.connectors.find((connector) => connector.kind === 'source');
    assert.equal(source?.positions.length, 4);
    const lag = await cliJson<Lag>(['lag', ...at], { cwd: job.folder });
    assert.equal(lag.total.records, 0);
    const { tasks } = await cliJson<TasksList>(['tasks', 'list', ...at], { cwd: job.folder });
    const records = (kind: string): number =>
      tasks.filter((task) => task.kind === kind).reduce((sum, task) => sum + task.records, 0);
    assert.equal(tasks.length, 4);
    assert.equal(records('source'), 50_000);
    assert.equal(records('sink'), 50_000);
    assert.ok(tasks.every((task) => task.state === 'finished' && task.error === null));
  });

  test('a run over files that have not changed moves nothing', async (t) => {
    const job = await jobFor(t, { lines: 1000 });
    for (let round = 0; round < 2; round++) {
      const ended = await runCli(job.runOnce, { cwd: job.folder });
      assert.equal(ended.code, 0, ended.stderr);
      assert.deepEqual(await job.arrival(), { expected: 1000, ...exactly });
    }
  });

  test('SIGINT in the middle and a second run: every line once', async (t) => {
    const job = await jobFor(t, { lines: 200_000 });
    await stopInTheMiddle(t, job, 0.05);
    const middle = await job.arrival();
    assert.ok(middle.missing > 0, 'it was stopped in the middle');
    assert.deepEqual({ ...middle, missing: 0 }, { expected: 200_000, ...exactly });
    await runToTheEnd(job);
    assert.deepEqual(await job.arrival(), { expected: 200_000, ...exactly });
  });

  test('kill -9 in the middle and a second run: nothing is lost', async (t) => {
    const job = await jobFor(t, { lines: 200_000 });
    await killInTheMiddle(job, 0.05);
    assert.ok((await job.arrival()).missing > 0, 'it was killed in the middle');
    await runToTheEnd(job);
    const arrival = await job.arrival();
    t.diagnostic(arrivalText(arrival));
    assert.equal(arrival.missing, 0);
    assert.ok(arrival.damaged <= 1, 'at most the line that was being written when it was killed');
    assert.equal(arrival.disordered, 0);
  });
});
