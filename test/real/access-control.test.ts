import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { RocketmqError } from '../../src/rocketmq/errors.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { temporaryFolder } from '../temp-folder.js';
import { runCli } from '../rig/cli.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';
import { guardedBroker, user } from '../rig/rocketmq/guarded.js';

/** A broker that wants every request signed. */
describe('a RocketMQ with access control', () => {
  let rocketmq: RealRocketmq;
  before(async () => {
    rocketmq = await startRocketmq({ name: 'guarded', brokerConfig: guardedBroker });
  });
  after(() => rocketmq.stop());

  test('a job with the keys runs; its secret is shown nowhere', async (t) => {
    const folder = await temporaryFolder(t);
    const job = join(folder, 'job.yaml');
    await writeFile(join(folder, 'in.txt'), 'one\ntwo\nzwölf\n');
    await writeFile(
      job,
      `rocketmq:
  nameserver: ${rocketmq.nameserver}
  access_key: ${user.accessKey}
  secret_key: \${SECRET}
connectors:
  in: { source: file, topic: guarded, config: { path: ./in.txt } }
  out: { sink: file, topic: guarded, config: { path: ./out.txt } }
`,
    );
    const data = ['--data-dir', join(folder, 'data')];
    const options = { cwd: folder, env: { SECRET: user.secretKey } };
    const run = await runCli(['run', job, '--once', ...data], options);
    assert.equal(run.code, 0, run.stderr);
    const shown = await runCli(['offsets', 'show', '--json', ...data], options);
    assert.equal(shown.code, 0, shown.stderr);
    assert.doesNotMatch(run.stdout + run.stderr + shown.stdout + shown.stderr, /very-secret/);
    const wrong = await runCli(['lag', ...data], { cwd: folder, env: { SECRET: 'something-else' } });
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.stderr, /(signature|denied|credential|permission)/i);
  });

  test('without keys, or with wrong ones, it is denied and not tried again', async () => {
    for (const credentials of [{}, { accessKey: 'rocketmq', secretKey: 'wrong' }]) {
      const cluster = connectCluster({ nameservers: [rocketmq.nameserver], ...credentials });
      await assert.rejects(cluster.admin.createTopic({ topic: 'denied', queues: 1 }), (error: unknown) => {
        assert.ok(error instanceof RocketmqError);
        assert.equal(error.code, 'denied');
        assert.equal(error.retryable, false);
        return true;
      });
      await cluster.close();
    }
  });
});
