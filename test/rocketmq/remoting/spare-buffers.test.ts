import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpareBuffers } from '../../../src/rocketmq/remoting/spare-buffers.js';

const megabyte = 1024 * 1024;

test('what was given back is taken again, where it is large enough', () => {
  const spare = new SpareBuffers();
  const small = spare.take(10);
  spare.giveBack(small);
  assert.notEqual(spare.take(megabyte), small);
  assert.equal(spare.take(10), small);
  assert.notEqual(spare.take(10), small, 'two never have the same memory');
});

test('no more is kept than 4 MiB', () => {
  const spare = new SpareBuffers();
  const taken = Array.from({ length: 10 }, () => spare.take(megabyte));
  for (const buffer of taken) spare.giveBack(buffer);
  const again = Array.from({ length: 10 }, () => spare.take(megabyte));
  assert.equal(again.filter((buffer) => taken.includes(buffer)).length, 4);
});
