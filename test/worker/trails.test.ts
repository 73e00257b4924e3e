import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Trails } from '../../src/worker/trails.js';

const queue = { topic: 't', broker: 'b', queue: 0 };
const tail = (trails: Trails): number | undefined => trails.tails()[0]?.offset;

test('a tail begins at the first message that no position covers', () => {
  const trails = new Trails();
  trails.opened(queue, 10);
  assert.equal(tail(trails), 10);
  const first = trails.start(queue);
  const second = trails.start(queue);
  trails.filled(queue, 25);
  assert.equal(tail(trails), 10, 'where the first one is, is not known yet');
  first.offset = 12;
  second.offset = 20;
  assert.equal(tail(trails), 12);
  trails.covered(first);
  assert.equal(tail(trails), 20);
  assert.equal(trails.isClean, false);
  trails.covered(second);
  assert.equal(tail(trails), 25);
  assert.equal(trails.isClean, true);
});

test('what was left behind is kept until all that was under way at its release is covered', () => {
  const trails = new Trails();
  trails.opened(queue, 100);
  trails.hold([{ ...queue, offset: 40, first: null, last: null }]);
  const parcel = trails.start(queue);
  assert.equal(tail(trails), 40);
  trails.release();
  assert.equal(tail(trails), 40);
  const later = trails.start(queue);
  trails.covered(parcel);
  assert.equal(tail(trails), 100);
  trails.covered(later);
  assert.equal(trails.isClean, true);
});

test('what a run leaves uncovered is held', () => {
  const trails = new Trails();
  trails.opened(queue, 5);
  const parcel = trails.start(queue);
  trails.filled(queue, 9);
  trails.abandon([parcel]);
  assert.equal(tail(trails), 5);
  trails.release();
  assert.equal(tail(trails), 9);
  assert.equal(trails.isClean, true);
});
