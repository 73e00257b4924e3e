import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Cluster } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { copyJob } from '../rig/copy-job.js';
import { cliJson, runCli } from '../rig/cli.js';
import { sinkQueues, type OffsetsShow } from '../rig/results.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';

/** Topics whose queues are on two brokers of one cluster. */
describe('a cluster of two brokers', () => {
  let first: RealRocketmq;
  let second: RealRocketmq;
  let cluster: Cluster;
  before(async () => {
    first = await startRocketmq({ name: 'first' });
    second = await startRocketmq({ name: 'second', joins: first });
    cluster = connectCluster({ nameservers: [first.nameserver] });
  });
  after(async () => {
    await cluster.close();
    await second.stop();
    await first.stop();
  });

  test('a topic is made on both, sent to and read from both', async () => {
    await cluster.admin.createTopic({ topic: 'on-both', queues: 2 });
    const producer = cluster.producer('several-brokers');
    const queues = await producer.queues('on-both');
    assert.deepEqual(queues.map(({ broker, queue }) => `${broker}/${String(queue)}`).sort(), [
      'broker-first/0',
      'broker-first/1',
      'broker-second/0',
      'broker-second/1',
    ]);
    for (const queue of queues) await producer.send(queue, [{ body: Buffer.from(queue.broker) }]);
    const consumer = await cluster.consumer('several-brokers-group', ['on-both']);
    const its = (await consumer.queues()).filter(({ topic }) => topic === 'on-both');
    assert.equal(its.length, 4);
    for (const queue of its) {
      const reader = consumer.reader(queue, 0, { maxBytes: 100_000 });
      const { messages } = await reader.read();
      assert.deepEqual(
        messages.map(({ body }) => body.toString()),
        [queue.broker],
      );
      await consumer.commit(queue, 1);
      reader.close();
    }
    const offsets = await cluster.admin.groupOffsets('several-brokers-group', ['on-both']);
    assert.deepEqual(
      offsets.map(({ offset, max }) => [offset, max]),
      [
        [1, 1],
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    );
    await consumer.close();
    await producer.close();
  });

  test('a job uses the queues of both, and its offsets are shown by broker', async () => {
    const job = await copyJob({
      lines: 40_000,
      files: 8,
      nameserver: first.nameserver,
      topic: 'copied-over-both',
    });
    try {
      const run = await runCli(job.runOnce, { cwd: job.folder });
      assert.equal(run.code, 0, run.stderr);
      const arrival = await job.arrival();
      assert.deepEqual([arrival.missing, arrival.duplicates, arrival.disordered], [0, 0, 0]);
      const shown = await cliJson<OffsetsShow>(
        ['offsets', 'show', 'write-lines', '--data-dir', job.dataDir],
        { cwd: job.folder },
      );
      const queues = sinkQueues(shown);
      for (const broker of ['broker-first', 'broker-second']) {
        const offset = queues
          .filter((queue) => queue.broker === broker)
          .reduce((sum, queue) => sum + (queue.offset ?? 0), 0);
        assert.ok(offset > 0, `nothing went over ${broker}`);
      }
      assert.ok(queues.every(({ lag }) => lag === 0));
    } finally {
      await job.remove();
    }
  });
});
