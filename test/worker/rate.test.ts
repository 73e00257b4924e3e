import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rate } from '../../src/worker/rate.js';

test('says nothing in the first second', () => {
  const rate = new Rate(1_000_300);
  rate.add(5, 1_000_400);
  assert.equal(rate.perSecond(1_000_900), null);
});

test('is the mean over the time since the start, then over the window', () => {
  const rate = new Rate(1_000_000);
  for (let ms = 0; ms < 4_000; ms += 100) rate.add(10, 1_000_000 + ms);
  assert.equal(rate.perSecond(1_004_000), 100);
  for (let ms = 4_000; ms < 60_000; ms += 100) rate.add(20, 1_000_000 + ms);
  const late = rate.perSecond(1_059_999) ?? 0;
  assert.ok(Math.abs(late - 200) < 4, `${late}`);
});

test('falls to nothing when nothing comes', () => {
  const rate = new Rate(1_000_000);
  rate.add(1_000, 1_001_000);
  assert.ok((rate.perSecond(1_005_000) ?? 0) > 0);
  assert.equal(rate.perSecond(1_011_500), 0);
  assert.equal(rate.perSecond(1_900_000), 0);
});
