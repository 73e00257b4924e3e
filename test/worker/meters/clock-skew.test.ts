import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClockSkew, ClusterClocks } from '../../../src/worker/meters/clock-skew.js';

test('the narrowest sighting counts, and holds the truth', () => {
  const ahead = 5_000;
  const clock = new ClockSkew();
  assert.equal(clock.estimate(), null);
  for (const [from, seen, to] of [
    [1_000, 1_090, 1_100],
    [2_000, 2_001, 2_004],
    [3_000, 3_040, 3_050],
  ] as const) {
    clock.seen(seen + ahead, { from, to });
  }
  const { ms, errorMs } = clock.estimate() ?? { ms: NaN, errorMs: NaN };
  assert.equal(errorMs, 3);
  assert.ok(Math.abs(ms - ahead) <= errorMs);
});

test('what was seen long ago is forgotten', () => {
  const clock = new ClockSkew();
  clock.seen(1_001, { from: 1_000, to: 1_002 });
  for (let at = 0; at < 100; at += 1) clock.seen(at + 300, { from: at, to: at + 100 });
  assert.ok((clock.estimate()?.ms ?? 0) > 200);
});

test('of a cluster it is the clock that is furthest off', () => {
  const clocks = new ClusterClocks();
  assert.equal(clocks.estimate(), null);
  clocks.of('a').seen(1_010, { from: 1_000, to: 1_000 });
  clocks.of('b').seen(900, { from: 1_000, to: 1_000 });
  clocks.of('c');
  assert.equal(clocks.estimate()?.ms, -100);
});
