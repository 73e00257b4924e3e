import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { newTopic, Topics } from '../../src/broker/topics.js';
import { smallDisk } from '../rig/small-disk.js';
import { atEnd } from '../temp-folder.js';
import { connectForTest, createTopic, sendOne } from './raw-client.js';

test('a topic that a full disk did not take is there when it was made again with room', async (t) => {
  const disk = await smallDisk(t, 1024 * 1024);
  if (disk === null) return;
  const broker = await startEmbeddedBroker({ dir: disk.root });
  atEnd(t, () => broker.close());
  const client = await connectForTest(t, broker.port);
  await disk.fill();
  await assert.rejects(createTopic(client, 'orders'), /ENOSPC/);
  assert.match((await sendOne(client, 'orders', 0, 'x')).remark ?? '', /ENOSPC/);
  assert.equal((await client.ask(105, { topic: 'orders' })).code, 17);
  await disk.makeRoom();
  await createTopic(client, 'orders');
  assert.equal((await sendOne(client, 'orders', 0, 'x')).code, 0);
});

test('a disk that has room for a part of the topics leaves the file as it was', async (t) => {
  const disk = await smallDisk(t, 256 * 1024);
  if (disk === null) return;
  const file = join(disk.root, 'topics.json');
  const topics = new Topics(file);
  for (let n = 0; n < 60; n++) topics.put(newTopic(`topic-${n}`, 1), 0);
  await disk.fill(4096);
  assert.throws(() => topics.put(newTopic('one-more', 1), 0), /ENOSPC/);
  assert.deepEqual(new Topics(file).all(), topics.all());
  assert.equal(topics.find('one-more'), undefined);
});
