import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { test, type TestContext } from 'node:test';
import { ConnectorStore } from '../../src/store/index.js';
import { Positions } from '../../src/worker/positions.js';
import { temporaryFolder } from '../temp-folder.js';

const queue = { topic: 't', broker: 'b', queue: 1 };

async function store(t: TestContext): Promise<ConnectorStore> {
  const connector = new ConnectorStore(await temporaryFolder(t), 'c');
  await connector.create();
  return connector;
}

test('positions and queues are there after a restart', async (t) => {
  const files = await store(t);
  const positions = await Positions.load(files);
  await positions.assign('a', queue);
  assert.deepEqual((await Positions.load(files)).queueOf('a'), queue);
  assert.deepEqual((await Positions.load(files)).known(), new Map());
  positions.moved('a', { offset: 1 });
  positions.moved('b', 7);
  await positions.close();
  const again = await Positions.load(files);
  assert.deepEqual(
    again.known(),
    new Map<string, unknown>([
      ['a', { offset: 1 }],
      ['b', 7],
    ]),
  );
  assert.deepEqual(again.queues(), [queue, null]);
});

test('is told of a position only when it is on disk', async (t) => {
  const files = await store(t);
  const positions = await Positions.load(files);
  const told: unknown[] = [];
  const committed = async (partition: string, position: unknown): Promise<void> => {
    const onDisk = (await files.positions.read())?.partitions[partition]?.position;
    told.push([partition, position, onDisk]);
  };
  positions.moved('a', 1, committed);
  positions.moved('a', 2, committed);
  assert.deepEqual(told, []);
  await positions.flush();
  assert.deepEqual(told, [['a', 2, 2]]);
});

test('a write that failed is not forgotten', async (t) => {
  const files = await store(t);
  const positions = await Positions.load(files);
  await rm(files.folder, { recursive: true });
  positions.moved('a', 1);
  await assert.rejects(positions.flush(), /ENOENT/);
  await mkdir(files.folder);
  await positions.close();
  assert.deepEqual((await Positions.load(files)).known(), new Map([['a', 1]]));
});
