import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutMessage } from '../../src/rocketmq/cluster.js';
import { ConnectorStore } from '../../src/store/index.js';
import { Generations } from '../../src/worker/generations.js';
import { Positions } from '../../src/worker/positions.js';
import { stampOf, Stamper, stampProperty, stampText, type Stamp } from '../../src/worker/stamp.js';
import { temporaryFolder } from '../temp-folder.js';

test('what was sent before a position was set does not count; a newer generation is taken over', async (t) => {
  const store = new ConnectorStore(await temporaryFolder(t), 'c');
  await store.create();
  const at = { position: 1, queue: null, updated_at: 'x' };
  await store.positions.write(
    {
      version: 1,
      connector: 'c',
      clean: true,
      writers: [],
      tails: [],
      generation: 1,
      partitions: { set: { ...at, generation: 3 }, other: at },
    },
    { durable: false },
  );
  const positions = await Positions.load(store);
  const generations = new Generations('c', positions);
  const stamped = (partition: string, generation: number): Stamp => {
    const tag = generations.tagOf(partition);
    const span = { from: null, skipped: 0, to: 2 };
    const message: OutMessage = { body: Buffer.alloc(0) };
    new Stamper().stamp({ tag, generation }, span, [message]);
    const stamp = stampOf({
      properties: { [stampProperty]: stampText(message) ?? '', ...message.properties },
    });
    assert.ok(stamp !== null);
    return stamp;
  };
  const counts = (partition: string, generation: number): boolean =>
    generations.counts(stamped(partition, generation));
  assert.deepEqual(
    [0, 2, 3].map((generation) => counts('set', generation)),
    [false, false, true],
  );
  assert.deepEqual(
    [0, 1].map((generation) => counts('other', generation)),
    [false, true],
  );
  assert.deepEqual(
    [0, 1].map((generation) => counts('unknown', generation)),
    [false, true],
  );
  assert.equal(generations.of('set').generation, 3);
  assert.equal(generations.of('unknown').generation, 1);

  assert.equal(counts('set', 40), true);
  assert.equal(generations.of('set').generation, 40);
  positions.raise('set', 40);
  positions.raise('other', 1);
  await positions.close();
  const again = await Positions.load(store);
  assert.deepEqual(
    ['set', 'other', 'unknown'].map((partition) => again.generationOf(partition)),
    [40, 1, 1],
  );
  assert.equal(again.positionOf('set'), 1);
});
