/** The main job on a real RocketMQ: file → topic → file, its numbers beside mqadmin's, and its failures. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cliJson, runCli, startCli } from '../rig/cli.js';
import { arrivalText, copyJob, type CopyJob } from '../rig/copy-job.js';
import { killInTheMiddle, runToTheEnd, stopInTheMiddle } from '../rig/copy-run.js';
import { quickstartIn } from '../rig/quickstart.js';
import { sinkQueues, type Lag, type OffsetsShow } from '../rig/results.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';
import { topicEnd } from '../rig/rocketmq/ask.js';
import { consumerProgress, type QueueProgress } from '../rig/rocketmq/consumer-progress.js';
import { freeRocketmqPorts } from '../rig/rocketmq/ports.js';
import { until } from '../rig/until.js';

const exactly = { missing: 0, duplicates: 0, disordered: 0, damaged: 0 };

describe('the main job on a real RocketMQ', () => {
  let rocketmq: RealRocketmq;
  before(async () => {
    rocketmq = await startRocketmq({ name: 'main' });
  });
  after(() => rocketmq.stop());

  const jobOn = (lines: number, topic: string): Promise<CopyJob> =>
    copyJob({ lines, topic, nameserver: rocketmq.nameserver });

  async function offsetsAgree(job: CopyJob): Promise<readonly QueueProgress[]> {
    const { ours, theirs } = await until(`${job.topic} to stand still`, () => bothProgresses(job));
    assert.deepEqual(ours, theirs);
    return theirs;
  }

  /** Undefined where the topic grew meanwhile: a broker works off what a worker that is stopped has sent it. */
  async function bothProgresses(
    job: CopyJob,
  ): Promise<{ ours: readonly object[]; theirs: readonly QueueProgress[] } | undefined> {
    const before = await topicEnd(rocketmq.nameserver, job.topic);
    const shown = await cliJson<OffsetsShow>(['offsets', 'show', '--data-dir', job.dataDir], {
      cwd: job.folder,
    });
    const { stdout } = await rocketmq.admin(['consumerProgress', '-g', job.group]);
    if ((await topicEnd(rocketmq.nameserver, job.topic)) !== before) return undefined;
    const ours = sinkQueues(shown).map(({ topic, broker, queue, max, offset, lag }) => {
      return { topic, broker, queue, max, offset, lag };
    });
    return { ours, theirs: consumerProgress(stdout, job.topic) };
  }

  test('stopped in the middle and at the end, offsets show says what mqadmin says', async (t) => {
    const job = await jobOn(100_000, 'progress');
    t.after(() => job.remove());
    await stopInTheMiddle(t, job, 0.1);
    const middle = await offsetsAgree(job);
    assert.equal(middle.length, 4);
    const consumed = middle.reduce((sum, { offset }) => sum + offset, 0);
    assert.ok(consumed > 0 && consumed < 100_000, `stopped in the middle: ${String(consumed)} consumed`);

    await runToTheEnd(job);
    const end = await offsetsAgree(job);
    assert.equal(
      end.reduce((sum, { offset }) => sum + offset, 0),
      100_000,
    );
    assert.ok(end.every(({ lag }) => lag === 0));
    const lag = await cliJson<Lag>(['lag', '--data-dir', job.dataDir], { cwd: job.folder });
    assert.equal(lag.total.records, 0);
    assert.deepEqual(await job.arrival(), { expected: 100_000, ...exactly });
  });

  test('while it runs, mqadmin shows its group online and agrees with offsets show', async (t) => {
    const job = await jobOn(200_000, 'online');
    t.after(() => job.remove());
    const worker = startCli(job.runOnce, { cwd: job.folder });
    t.after(() => worker.kill());
    await job.outputReaches(0.05);
    worker.signal('SIGSTOP');
    await offsetsAgree(job);
    const { stdout } = await rocketmq.admin(['consumerConnection', '-g', job.group]);
    assert.match(stdout, new RegExp(`\\b${job.topic}\\b`));
    worker.signal('SIGCONT');
    assert.equal((await worker.ended).code, 0, worker.output());
    assert.deepEqual(await job.arrival(), { expected: 200_000, ...exactly });
  });

  test('the broker is killed and started again in the middle: nothing is lost', async (t) => {
    const job = await jobOn(200_000, 'broker-killed');
    t.after(() => job.remove());
    const worker = startCli(job.runOnce, { cwd: job.folder });
    t.after(() => worker.kill());
    await job.outputReaches(0.1);
    await rocketmq.killBroker();
    await rocketmq.startBroker();
    const ended = await worker.ended;
    assert.equal(ended.code, 0, worker.output());
    const arrival = await job.arrival();
    t.diagnostic(arrivalText(arrival));
    assert.equal(arrival.missing, 0);
    assert.equal(arrival.damaged, 0);
    assert.equal(arrival.disordered, 0);
  });

  test('kill -9 of the worker in the middle and a second run: nothing is lost', async (t) => {
    const job = await jobOn(200_000, 'worker-killed');
    t.after(() => job.remove());
    await killInTheMiddle(job, 0.1);
    await runToTheEnd(job);
    const arrival = await job.arrival();
    t.diagnostic(arrivalText(arrival));
    assert.equal(arrival.missing, 0);
    assert.ok(arrival.damaged <= 1, 'at most the line that was being written when it was killed');
    assert.equal(arrival.disordered, 0);
  });

  test('several tasks send into one queue at once: none takes the answer of another for a loss', async (t) => {
    const settings = ['topic_queues: 1'];
    const job = await copyJob({
      ...{ lines: 200_000, tasks: 4, topic: 'one-queue', settings, nameserver: rocketmq.nameserver },
    });
    t.after(() => job.remove());
    const ended = await runCli(job.runOnce, { cwd: job.folder });
    assert.equal(ended.code, 0, ended.stderr);
    assert.doesNotMatch(ended.stderr, /trying again/);
    assert.deepEqual(await job.arrival(), { expected: 200_000, ...exactly });
  });

  test('several tasks send into one queue at once, and are killed: what has arrived is known of each', async (t) => {
    const settings = ['topic_queues: 1'];
    const job = await copyJob({
      ...{ lines: 200_000, tasks: 4, topic: 'one-queue-killed', settings, nameserver: rocketmq.nameserver },
    });
    t.after(() => job.remove());
    for (const part of [0.1, 0.3, 0.5]) await killInTheMiddle(job, part);
    await runToTheEnd(job);
    assert.deepEqual(await job.arrival(), { expected: 200_000, ...exactly });
    assert.equal(await topicEnd(rocketmq.nameserver, job.topic), 200_000);
  });

  test('the quickstart gives the same on it', async (t) => {
    const job = await jobOn(4, 'unused');
    t.after(() => job.remove());
    await quickstartOn(rocketmq, job);
  });
});

async function quickstartOn(rocketmq: RealRocketmq, { folder, dataDir }: CopyJob): Promise<void> {
  const job = await quickstartIn(folder);
  const on = ['--set', `rocketmq.nameserver=${rocketmq.nameserver}`];
  const ended = await runCli(['run', job, '--once', '--data-dir', dataDir, ...on], { cwd: folder });
  assert.equal(ended.code, 0, ended.stderr);
  const shown = await cliJson<OffsetsShow>(['offsets', 'show', '--data-dir', dataDir], { cwd: folder });
  const queues = sinkQueues(shown);
  const topic = queues[0]?.topic;
  assert.ok(topic !== undefined);
  const moved = queues.filter((queue) => queue.topic === topic).reduce((sum, queue) => sum + queue.max, 0);
  assert.ok(moved > 0);
  assert.equal(await topicEnd(rocketmq.nameserver, topic), moved);
  assert.ok(queues.every(({ lag }) => lag === 0));
}

describe('no RocketMQ there', () => {
  test('run ends with 3 within 10 seconds and names the address', async (t) => {
    const ports = await freeRocketmqPorts();
    const nameserver = `127.0.0.1:${String(ports.nameserver)}`;
    const job = await copyJob({ lines: 100, nameserver });
    t.after(() => job.remove());
    const ended = await runCli(job.runOnce, { cwd: job.folder });
    assert.equal(ended.code, 3, ended.stderr);
    assert.ok(ended.stderr.includes(nameserver), ended.stderr);
    assert.ok(ended.ms < 10_000, `${String(ended.ms)} ms`);
  });

  test('run --wait says that it waits, and goes on when RocketMQ is there', async (t) => {
    const ports = await freeRocketmqPorts();
    const nameserver = `127.0.0.1:${String(ports.nameserver)}`;
    const job = await copyJob({ lines: 1000, nameserver });
    t.after(() => job.remove());
    const worker = startCli([...job.runOnce, '--wait'], { cwd: job.folder });
    t.after(() => worker.kill());
    await until('a word on the retry', () => (worker.output().includes(nameserver) ? true : undefined));
    const rocketmq = await startRocketmq({ name: 'late', ports });
    t.after(() => rocketmq.stop());
    assert.equal((await worker.ended).code, 0, worker.output());
    assert.deepEqual(await job.arrival(), { expected: 1000, ...exactly });
  });
});
