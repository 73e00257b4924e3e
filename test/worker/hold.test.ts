import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Consumer, Hold, Queue } from '../../src/rocketmq/cluster.js';
import { commitHeld, untilHeld } from '../../src/worker/hold.js';

const queue: Queue = { topic: 't', broker: 'b', queue: 0 };
const never = new AbortController().signal;

/** As much of a consumer as is asked here. */
class Holder {
  hold: Hold = 'unsure';
  asked = 0;
  readonly commits: number[] = [];
  readonly consumer = {
    hold: () => {
      this.asked += 1;
      return this.hold;
    },
    commit: (_queue: Queue, offset: number) => {
      this.commits.push(offset);
      return Promise.resolve();
    },
  } as unknown as Consumer;
}

test('writing waits until it is sure that the queue is still ours', async () => {
  const holder = new Holder();
  const waiting = untilHeld(holder.consumer, [queue], never);
  while (holder.asked < 3) await new Promise(setImmediate);
  holder.hold = 'held';
  assert.equal(await waiting, true);
});

test('a queue that is lost is not written to, however long it takes to stop', async () => {
  const holder = new Holder();
  holder.hold = 'lost';
  const stop = new AbortController();
  const waiting = untilHeld(holder.consumer, [queue], stop.signal);
  stop.abort();
  assert.equal(await waiting, false);
});

test('only what is held is committed', async () => {
  const holder = new Holder();
  await assert.rejects(commitHeld(holder.consumer, queue, 5, { waits: true }), {
    code: 'unreachable',
    retryable: true,
  });
  assert.equal(await commitHeld(holder.consumer, queue, 5, { waits: false }), false);
  holder.hold = 'lost';
  assert.equal(await commitHeld(holder.consumer, queue, 5, { waits: true }), false);
  assert.deepEqual(holder.commits, []);
  holder.hold = 'held';
  assert.equal(await commitHeld(holder.consumer, queue, 5, { waits: true }), true);
  assert.deepEqual(holder.commits, [5]);
});
