/** Workers and brokers that are killed: nothing is lost, nothing comes twice. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import type { Admin, OutMessage, Queue } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { DataDir } from '../../src/store/index.js';
import { Positions } from '../../src/worker/positions.js';
import { Recovery } from '../../src/worker/recovery.js';
import { stampText } from '../../src/worker/stamp.js';
import { crashSuite } from '../conformance/crash-suite.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';

let rocketmq: RealRocketmq;
before(async () => {
  rocketmq = await startRocketmq({ name: 'crash' });
});
after(() => rocketmq.stop());

crashSuite('a real RocketMQ', () => rocketmq, 1);

test('what a killed broker did not write to its end is found, by the sender and after a restart', async (t) => {
  const { admin, recovery, messages, queue } = await sentAndTorn(t);
  const [last] = await admin.peek(queue, 2, 1);
  assert.equal(last?.raw?.properties.at(-1), 0, 'the broker keeps it');
  assert.deepEqual(await recovery.traceOf(queue).find(0, messages), { stored: 3, end: 3 });
  recovery.invalidate();
  const replay = await recovery.enter('a');
  assert.deepEqual(replay?.cross({ position: null, skipped: 0 }), {
    shore: { position: 3, skipped: 0 },
    messages: 3,
    end: '3',
  });
});

/** Three messages in a queue, the last four bytes of the last one zeros; the broker was killed and started since. */
async function sentAndTorn(t: TestContext): Promise<{
  readonly admin: Admin;
  readonly recovery: Recovery;
  readonly messages: readonly OutMessage[];
  readonly queue: Queue;
}> {
  const cluster = connectCluster({ nameservers: [rocketmq.nameserver] });
  atEnd(t, () => cluster.close());
  const { admin } = cluster;
  await admin.createTopic({ topic: 'torn', queues: 1 });
  const producer = cluster.producer('connect-src-torn');
  const [queue] = await producer.queues('torn');
  assert.ok(queue !== undefined);
  const dataDir = new DataDir(await temporaryFolder(t));
  await dataDir.create();
  const store = dataDir.connector('torn');
  await store.create();
  const positions = await Positions.load(store);
  const noStop = new AbortController().signal;
  const before = { stoodBy: false, former: [], warn: () => undefined };
  const recovery = await Recovery.start(
    { connector: 'torn', admin, producer, positions, topics: ['torn'], ...before },
    noStop,
  );
  assert.ok(recovery !== null);
  const messages: OutMessage[] = ['one', 'two', 'three'].map((text) => ({ body: Buffer.from(text) }));
  recovery.stamper.stamp(recovery.stampFor('a'), { from: null, skipped: 0, to: 3 }, messages);
  positions.trails.start(queue);
  await producer.send(queue, messages);
  await rocketmq.killBroker();
  await tearEnd(messages[2]);
  await rocketmq.startBroker();
  return { admin, recovery, messages, queue };
}

async function tearEnd(message: OutMessage | undefined): Promise<void> {
  const stamp = (message && stampText(message)) ?? '';
  assert.notEqual(stamp, '');
  for (const name of await readdir(rocketmq.commitLog)) {
    const file = join(rocketmq.commitLog, name);
    const log = await readFile(file);
    const end = log.lastIndexOf(stamp) + stamp.length + 1;
    if (end > stamp.length) await writeFile(file, log.fill(0, end - 4, end));
  }
}
