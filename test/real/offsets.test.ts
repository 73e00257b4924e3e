/** `offsets set` and `reset` on a real RocketMQ, beside what mqadmin shows. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { cliOf, failureOf, type Moved } from '../cli/offsets/moving.js';
import { sampleJob, type SampleJob } from '../cli/sample-job.js';
import { runCli } from '../rig/cli.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';
import { consumerProgress } from '../rig/rocketmq/consumer-progress.js';

describe('offsets on a real RocketMQ', () => {
  let rocketmq: RealRocketmq;
  let job: SampleJob;
  before(async () => {
    rocketmq = await startRocketmq({ name: 'offsets' });
    job = await sampleJob({ count: 400, nameserver: rocketmq.nameserver });
    const ended = await runCli([...job.run, '--once'], { cwd: job.folder });
    assert.equal(ended.code, 0, ended.stderr);
  });
  after(async () => {
    await job.remove();
    await rocketmq.stop();
  });

  const mqadminShows = async (): Promise<readonly (readonly [string, number])[]> => {
    const { stdout } = await rocketmq.admin(['consumerProgress', '-g', 'connect-write']);
    return consumerProgress(stdout, 'sample').map(({ broker, queue, offset }) => [
      `${broker}/${String(queue)}`,
      offset,
    ]);
  };
  const wanted = ({ connectors }: Moved): readonly (readonly [string, number])[] =>
    (connectors[0]?.changes ?? []).map((change) => [
      `${String(change.broker)}/${String(change.queue)}`,
      Number(change.new),
    ]);

  test('mqadmin shows what was set, also where its own reset still waits for the group', async () => {
    const cli = cliOf(job);
    const move = async (...args: readonly string[]): Promise<Moved> => {
      const moved = await cli.json<Moved>('offsets', ...args, '--yes');
      assert.equal(moved.applied, true, args.join(' '));
      assert.deepEqual(await mqadminShows(), wanted(moved), args.join(' '));
      return moved;
    };
    const first = await move('reset', 'write');
    assert.ok(wanted(first).every(([, offset]) => offset === 0));
    const end = await move('set', 'write', '--to', 'latest');
    assert.equal(
      wanted(end).reduce((sum, [, offset]) => sum + offset, 0),
      400,
    );
    await move('set', 'write', '--shift', '-7');
    await rocketmq.admin(['resetOffsetByTime', '-g', 'connect-write', '-t', 'sample', '-s', '0']);
    await move('set', 'write', '--to', 'latest');
    await move('set', 'write', '--by', 'PT1H');
    const ended = await runCli([...job.run, '--once'], { cwd: job.folder });
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(await mqadminShows(), wanted(end), 'the sink has read everything again');
  });

  test('a group with a member online is left alone', async (t) => {
    const cluster = connectCluster({ nameservers: [rocketmq.nameserver] });
    t.after(() => cluster.close());
    const member = await cluster.consumer('connect-write', ['sample']);
    await member.queues();
    const before = await mqadminShows();
    const refused = failureOf(await cliOf(job).text('offsets', 'reset', 'write', '--yes', '--json'), 1);
    assert.match(refused.message, /group connect-write of write has 1 member online/);
    assert.deepEqual(await mqadminShows(), before);
    await member.close();
  });

  test('a broker that is away is unreachable, and nothing is changed', async () => {
    await rocketmq.killBroker();
    for (const args of [['offsets', 'reset', 'write', '--yes'], ['offsets', 'export', 'write'], ['lag']]) {
      const { code, stderr } = await cliOf(job).text(...args);
      assert.equal(code, 3, stderr);
    }
  });
});
