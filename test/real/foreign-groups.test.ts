/** `lag --group` and `offsets show --group` on a real RocketMQ, beside what mqadmin shows. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import type { GroupLagReport } from '../../src/cli/groups/show-lag.js';
import type { GroupOffsets } from '../../src/cli/groups/show-offsets.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { cliJson, runCli } from '../rig/cli.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { readWithJava, runJava, startJava } from '../rig/java.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';
import { consumerProgress } from '../rig/rocketmq/consumer-progress.js';
import { until } from '../rig/until.js';

describe('groups of others on a real RocketMQ', () => {
  let rocketmq: RealRocketmq;
  let folder: string;
  before(async () => {
    [rocketmq, folder] = await Promise.all([startRocketmq({ name: 'groups' }), ownedFolder('groups')]);
    await rocketmq.admin(['updateTopic', '-c', rocketmq.clusterName, '-t', 'orders', '-r', '4', '-w', '4']);
    await runJava('Producer', [rocketmq.nameserver, 'orders', '97', '0']);
  });
  after(async () => {
    await rocketmq.stop();
    await removeFolder(folder);
  });

  const lagOf = async (group: string): Promise<GroupLagReport['groups'][number]> => {
    const args = ['lag', '--group', group, '--nameserver', rocketmq.nameserver];
    const [lag] = (await cliJson<GroupLagReport>(args, { cwd: folder })).groups;
    assert.ok(lag !== undefined);
    return lag;
  };
  const offsetsOf = async (group: string): Promise<GroupOffsets['groups'][number]['queues']> => {
    const args = ['offsets', 'show', '--group', group, '--nameserver', rocketmq.nameserver];
    return (await cliJson<GroupOffsets>(args, { cwd: folder })).groups[0]?.queues ?? [];
  };
  /** Ours and mqadmin's, queue by queue. */
  const agree = async (group: string): Promise<number> => {
    const { stdout } = await rocketmq.admin(['consumerProgress', '-g', group]);
    const theirs = consumerProgress(stdout, 'orders').map(({ queue, max, offset, lag }) => [
      queue,
      max,
      offset,
      lag,
    ]);
    const ours = (await offsetsOf(group))
      .filter(({ retry }) => !retry)
      .map(({ queue, max, offset, lag }) => [queue, max, offset, lag]);
    assert.deepEqual(ours, theirs);
    const sum = ours.reduce((all, [, , , lag]) => all + (lag ?? 0), 0);
    assert.equal((await lagOf(group)).lag.records, sum + ((await lagOf(group)).retry ?? 0));
    return sum;
  };

  test('a Java consumer, online and gone: the numbers are mqadmin’s', async () => {
    const { nameserver } = rocketmq;
    await readWithJava(nameserver, { group: 'billing', topic: 'orders', count: 97 }, async () => {
      // A Java consumer commits in the background.
      await until('its commit', async () => ((await agree('billing')) === 0 ? true : undefined));
      const online = await lagOf('billing');
      assert.deepEqual([online.delivery, online.members, online.in_flight], ['pull', 1, 0]);
    });
    await runJava('Producer', [nameserver, 'orders', '11', '0']);
    assert.equal(await agree('billing'), 11);
    const offline = await lagOf('billing');
    assert.deepEqual([offline.ready, offline.members, offline.in_flight], [11, 0, null]);
    assert.ok((offline.lag.seconds ?? 0) > 0 && (offline.lag.seconds ?? 0) < 60);
  });

  test('what a consumer has sent back counts, though it never committed an offset there', async () => {
    const refused = 'single 5 äöü 漢字';
    const consumer = await startJava('PushConsumer', [
      rocketmq.nameserver,
      'shipping',
      'orders',
      'push',
      refused,
    ]);
    const ended = once(consumer, 'exit');
    const cluster = connectCluster({ nameservers: [rocketmq.nameserver] });
    try {
      // It waits there for a second, before it comes again.
      await until('a message to be sent back', async () => {
        const waiting = (await cluster.admin.topic('SCHEDULE_TOPIC_XXXX')) ?? [];
        return waiting.some(({ max }) => max > 0) ? true : undefined;
      });
    } finally {
      consumer.kill('SIGKILL');
      await cluster.close();
    }
    await ended;
    await until('it to come back', async () =>
      ((await lagOf('shipping')).retry ?? 0) > 0 ? true : undefined,
    );
  });

  test('one without a retry topic, which mqadmin cannot show', async () => {
    await rocketmq.admin(['updateSubGroup', '-c', rocketmq.clusterName, '-g', 'bare']);
    await assert.rejects(rocketmq.admin(['consumerProgress', '-g', 'bare']));
    assert.equal((await lagOf('bare')).lag.records, null);
    const check = ['lag', '--group', 'bare', '--nameserver', rocketmq.nameserver, '--max', '1000'];
    assert.equal((await runCli(check, { cwd: folder })).code, 4);
    const cluster = connectCluster({ nameservers: [rocketmq.nameserver] });
    try {
      const queues = await cluster.producer('test').queues('orders');
      for (const queue of queues) await cluster.admin.setOffset('bare', queue, 20);
    } finally {
      await cluster.close();
    }
    await assert.rejects(rocketmq.admin(['consumerProgress', '-g', 'bare']));
    assert.equal((await lagOf('bare')).lag.records, 97 + 11 - 4 * 20);
  });

  test('a broker that is away is unreachable', async () => {
    await rocketmq.killBroker();
    for (const words of [['lag'], ['offsets', 'show']]) {
      const args = [...words, '--group', 'billing', '--nameserver', rocketmq.nameserver];
      const { code, stderr } = await runCli(args, { cwd: folder });
      assert.equal(code, 3, stderr);
    }
  });
});
