import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlRatios, quantile, ratios, spreadOf } from '../../bench/statistics.js';

test('a spread has the middle and both ends', () => {
  assert.deepEqual(spreadOf([3, 1, 10]), { median: 3, min: 1, max: 10, of: 3 });
  assert.deepEqual(spreadOf([4, 1]), { median: 2.5, min: 1, max: 4, of: 2 });
  assert.equal(spreadOf([]), null);
});

test('a quantile lies between two values where it falls there', () => {
  const sorted = Array.from({ length: 101 }, (_, n) => n);
  assert.equal(quantile(sorted, 0.5), 50);
  assert.equal(quantile(sorted, 0.99), 99);
  assert.equal(quantile([10, 20], 0.25), 12.5);
  assert.equal(quantile([7], 0.99), 7);
  assert.equal(quantile([], 0.5), null);
});

test('a ratio is of two runs of one round, where both have the figure', () => {
  assert.deepEqual(ratios([6, 8, null, 9], [3, 2, 5, undefined]), [2, 4]);
  assert.deepEqual(ratios([1], [0]), []);
});

test('the control compares each run with the one before it', () => {
  assert.deepEqual(controlRatios([10, 20, 10]), [2, 0.5]);
  assert.deepEqual(controlRatios([10]), []);
});
