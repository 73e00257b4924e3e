import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { heartbeatTopic } from '../../src/mirror/heartbeat-topic.js';
import { RocketmqError } from '../../src/rocketmq/errors.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { route, Routing, town, Town } from '../mirror/mirror-bench.js';
import { temporaryFolder } from '../temp-folder.js';
import { until } from '../rig/until.js';
import { authorizingBroker, makeUser } from '../rig/rocketmq/users.js';
import { runCli } from '../rig/cli.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';
import { guardedBroker, user } from '../rig/rocketmq/guarded.js';

/** A broker that wants every request signed. */
describe('a RocketMQ with access control', () => {
  let rocketmq: RealRocketmq;
  before(async () => {
    rocketmq = await startRocketmq({
      name: 'guarded',
      brokerConfig: { ...guardedBroker, ...authorizingBroker },
    });
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

  const denials = [
    { who: 'may-not-look', may: [], says: /heartbeats of guarded cannot be used: .* no permission/ },
    { who: 'may-not-send', may: ['Get', 'Sub'], says: /refused SEND_.* no permission/ },
  ];
  for (const [index, { who, may, says }] of denials.entries())
    test(`heartbeats denied, ${who}: the route copies all the same, and says why`, async (t) => {
      const keys = { accessKey: who, secretKey: 'limited-7' };
      const topic = `topic-${String(index)}`;
      const everything = Town.at(t, 'guarded', rocketmq.nameserver, user);
      const other = await town(t, 'other');
      await everything.cluster.admin.createTopic({ topic: heartbeatTopic, queues: 1 });
      for (const place of [everything, other]) {
        await place.cluster.admin.createTopic({ topic, queues: 1 });
        for (const queue of await place.queues(topic)) await place.send(queue, [{ body: Buffer.from('a') }]);
      }
      const all = ['All'];
      await makeUser(rocketmq, keys, {
        [`Topic:${topic}`]: all,
        'Topic:rmq-connect-fence': all,
        'Group:*': all,
        'Cluster:*': all,
        ...(may.length === 0 ? {} : { [`Topic:${heartbeatTopic}`]: may }),
      });
      const guarded = Town.at(t, 'guarded', rocketmq.nameserver, keys);
      for (const [from, to] of [
        [other, guarded],
        [guarded, other],
      ] as const) {
        const routing = await Routing.open(t);
        const definition = route(from, to, { topics: [topic], heartbeats: { everyMs: 100 } });
        const worker = await routing.start([definition], [from, to]);
        await until('the message to be copied, and that there are no heartbeats', () => {
          const [status] = worker.status();
          return status?.records === 1 && says.test(status.route?.no_heartbeats ?? '') ? true : undefined;
        });
        await worker.stop();
        assert.deepEqual(
          routing.events.filter(({ type }) => type === 'warning' || type === 'task_failed'),
          [],
        );
      }
    });
});
