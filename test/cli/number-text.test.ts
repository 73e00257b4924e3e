import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesText, countText, plural, rateText, secondsText, timeText } from '../../src/cli/number-text.js';

test('unknown numbers are said to be unknown, and 0 is 0', () => {
  for (const text of [countText, rateText, bytesText, secondsText, timeText]) {
    assert.equal(text(null), 'unknown');
  }
  assert.equal(countText(0), '0');
  assert.equal(rateText(0), '0/s');
  assert.equal(bytesText(0), '0 B');
  assert.equal(secondsText(0), '0 s');
});

test('numbers read as people write them', () => {
  assert.equal(countText(1_234_567), '1,234,567');
  assert.equal(rateText(389_000.4), '389,000/s');
  assert.equal(rateText(0.25), '0.3/s');
  assert.equal(bytesText(1023), '1023 B');
  assert.equal(bytesText(1536), '1.5 KiB');
  assert.equal(bytesText(5 * 1024 ** 3), '5.0 GiB');
  assert.equal(plural(1, 'connector'), '1 connector');
  assert.equal(plural(2000, 'record'), '2,000 records');
});

test('seconds grow into minutes, hours and days', () => {
  assert.equal(secondsText(3.21), '3.2 s');
  assert.equal(secondsText(59.4), '59 s');
  assert.equal(secondsText(245), '4 m 05 s');
  assert.equal(secondsText(3 * 3600 + 20 * 60), '3 h 20 m');
  assert.equal(secondsText(51 * 3600), '2 d 3 h');
});

test('a time of today needs no date', () => {
  const now = new Date(2026, 4, 17, 14, 3, 59);
  assert.equal(timeText(now.getTime(), now), '14:03:59');
  assert.equal(timeText(new Date(2026, 4, 16, 9, 5, 0).toISOString(), now), '2026-05-16 09:05:00');
});
