/** `lag --group` and `offsets show --group`: consumer groups that no connector here is. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import type { GroupLagReport } from '../../src/cli/groups/show-lag.js';
import type { GroupOffsets } from '../../src/cli/groups/show-offsets.js';
import type { Cluster, Queue } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { receiveCount, simpleConsumerForTest } from '../broker/grpc/official-client.js';
import { cliJson, runCli, type CliResult } from '../rig/cli.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { freePort } from '../rig/rocketmq/ports.js';

describe('consumer groups of any RocketMQ', () => {
  let broker: EmbeddedBroker;
  let cluster: Cluster;
  let folder: string;
  let queues: readonly Queue[];
  before(async () => {
    folder = await ownedFolder('groups');
    broker = await startEmbeddedBroker({ dir: folder, grpcPort: 0 });
    cluster = connectCluster({ nameservers: [broker.address] });
    await cluster.admin.createTopic({ topic: 'orders', queues: 2 });
    const producer = cluster.producer('test');
    queues = await producer.queues('orders');
    for (const queue of queues) {
      const ten = Array.from({ length: 10 }, (_, index) => ({ body: Buffer.from(String(index)) }));
      await producer.send(queue, ten);
    }
  });
  after(async () => {
    await cluster.close();
    await broker.close();
    await removeFolder(folder);
  });

  const at = (): readonly string[] => ['--nameserver', broker.address];
  const cli = (...args: string[]): Promise<CliResult> => runCli([...args, ...at()], { cwd: folder });
  const lagOf = (...args: string[]): Promise<GroupLagReport> =>
    cliJson(['lag', ...args, ...at()], { cwd: folder });
  const offsetsOf = (group: string): Promise<GroupOffsets> =>
    cliJson(['offsets', 'show', '--group', group, ...at()], { cwd: folder });
  const standing = async (group: string, offsets: readonly (number | null)[]): Promise<void> => {
    await cluster.admin.createGroup(group);
    for (const [index, offset] of offsets.entries()) {
      const queue = queues[index];
      if (offset !== null && queue !== undefined) await cluster.admin.setOffset(group, queue, offset);
    }
  };

  test('how far one is behind, in all, by topic and by queue; and the checks', async () => {
    await standing('billing', [4, 10]);
    const { groups, total } = await lagOf('--group', 'billing', '--by', 'queue');
    const [billing] = groups;
    assert.equal(total.records, 6);
    assert.deepEqual(
      { ...billing, lag: { ...billing?.lag, seconds: null }, parts: null },
      {
        group: 'billing',
        lag: { records: 6, bytes: null, seconds: null },
        ready: 6,
        retry: 0,
        in_flight: null,
        members: 0,
        delivery: null,
        notes: [],
        parts: null,
      },
    );
    assert.ok((billing?.lag.seconds ?? 0) > 0);
    assert.deepEqual(
      billing?.parts?.map((part) => ['queue' in part && part.queue, part.topic, part.records]),
      [
        [0, 'orders', 6],
        [1, 'orders', 0],
        [0, '%RETRY%billing', 0],
      ],
    );
    const byTopic = await lagOf('--group', 'billing', '--by', 'topic');
    assert.deepEqual(
      byTopic.groups[0]?.parts?.map((part) => [part.topic, part.records]),
      [
        ['orders', 6],
        ['%RETRY%billing', 0],
      ],
    );
    assert.equal((await cli('lag', '--group', 'billing', '--max', '6')).code, 0);
    const beyond = await cli('lag', '--group', 'billing', '--max', '5');
    assert.equal(beyond.code, 4);
    assert.match(beyond.stderr, /group billing is 6 records behind \(--max 5\)/);
    assert.match(beyond.stdout, /GROUP .* READY .* RETRY .* IN FLIGHT .* LAG/);
    assert.equal((await cli('lag', '--group', 'billing', '--max-age', '0s')).code, 4);
    assert.deepEqual(
      (await offsetsOf('billing')).groups[0]?.queues.map(({ topic, offset, max, lag, retry }) => [
        topic,
        offset,
        max,
        lag,
        retry,
      ]),
      [
        ['orders', 4, 10, 6, false],
        ['orders', 10, 10, 0, false],
        ['%RETRY%billing', null, 0, 0, true],
      ],
    );
  });

  test('what it never committed is unknown, never 0', async () => {
    await standing('half', [10, null]);
    const { groups, total } = await lagOf('--group', 'half');
    assert.deepEqual([groups[0]?.lag.records, groups[0]?.lag.seconds, total.records], [null, null, null]);
    assert.match(groups[0]?.notes[0] ?? '', /never committed an offset in 1 queue .*orders\/embedded\/1/);
    const check = await cli('lag', '--group', 'half', '--max', '1000');
    assert.equal(check.code, 4);
    assert.match(check.stderr, /the lag of group half in records is unknown/);
    await cluster.admin.createGroup('blank');
    const blank = await lagOf('--group', 'blank');
    assert.equal(blank.groups[0]?.lag.records, null);
    assert.match(blank.groups[0].notes[0] ?? '', /nobody can tell what it reads/);
    assert.equal((await offsetsOf('half')).groups[0]?.queues[1]?.offset, null);
  });

  test('one without a retry topic is known all the same', async () => {
    await standing('bare', [10, 7]);
    await cluster.admin.deleteTopic('%RETRY%bare');
    const { groups } = await lagOf('--group', 'bare');
    assert.deepEqual([groups[0]?.lag.records, groups[0]?.retry], [3, 0]);
  });

  test('a group that stands beyond the end of a queue is not 0 behind', async () => {
    await standing('ahead', [10, 10]);
    const member = await cluster.consumer('ahead', ['orders']);
    await member.commit({ topic: 'orders', broker: 'embedded', queue: 1 }, 99);
    await member.close();
    const { groups } = await lagOf('--group', 'ahead');
    assert.equal(groups[0]?.lag.records, null);
    assert.match(groups[0].notes[0] ?? '', /stands at 99 in orders\/embedded\/1, which ends at 10/);
  });

  test('of a group by pop it is said that what is in flight is not known', async (t) => {
    assert.ok(broker.endpoints !== undefined);
    await cluster.admin.createGroup('popping');
    const consumer = await simpleConsumerForTest(t, broker.endpoints, { group: 'popping', topics: 'orders' });
    await receiveCount(consumer, 5, { acknowledge: false });
    const { groups } = await lagOf('--group', 'popping');
    const [popping] = groups;
    assert.equal(popping?.delivery, 'pop');
    assert.equal(popping.in_flight, null);
    assert.match(popping.notes[0] ?? '', /delivered and not acknowledged is not counted/);
  });

  test('wrong usage, no such group, nobody there', async () => {
    const lost = await cli('lag', '--group', 'nobody');
    assert.equal(lost.code, 1);
    assert.match(lost.stderr, /there is no consumer group nobody\n {2}→/);
    assert.equal((await cli('lag', 'archive', '--group', 'billing')).code, 2);
    assert.equal((await cli('lag')).code, 2, '--nameserver alone');
    const nowhere = `127.0.0.1:${String(await freePort())}`;
    for (const args of [['lag'], ['offsets', 'show']]) {
      const away = await runCli([...args, '--group', 'billing', '--nameserver', nowhere], { cwd: folder });
      assert.equal(away.code, 3, away.stderr);
    }
  });
});
