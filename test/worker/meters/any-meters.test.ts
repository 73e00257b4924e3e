/** Rates and histograms against lists of all that was counted: a failure prints its seed and the smallest case found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exponentialBounds, Histogram } from '../../../src/worker/meters/histogram.js';
import { Rate } from '../../../src/worker/meters/rate.js';

interface Counted {
  readonly at: number;
  readonly value: number;
  readonly count: number;
}

/** Steps of a clock, and what is counted after each. */
const script = fc.array(
  fc.record({
    pauseMs: fc.oneof(fc.nat(400), fc.nat(20_000), fc.nat(900_000)),
    value: fc.oneof(fc.nat(3), fc.nat(5_000)),
    count: fc.nat(1_000),
  }),
  { maxLength: 120 },
);
const beginning = fc.nat(100_000);

test('a rate is what was counted in its window, by its length', () => {
  const property = fc.property(beginning, script, (start, steps) => {
    const rate = new Rate(start);
    const all: Counted[] = [];
    let at = start;
    for (const { pauseMs, count } of steps) {
      at += pauseMs;
      rate.add(count, at);
      all.push({ at, value: 0, count });
      const read = rate.read(at);
      for (const [window, seconds] of [
        ['now', 10],
        ['m1', 60],
        ['m10', 600],
      ] as const) {
        const first = Math.floor(at / 1000) - seconds + 1;
        const counted = all
          .filter((one) => Math.floor(one.at / 1000) >= first)
          .reduce((sum, one) => sum + one.count, 0);
        const length = Math.min(at - start, at - first * 1000) / 1000;
        if (length < 1) assert.equal(read[window], null);
        else
          assert.ok(Math.abs((read[window] ?? NaN) - counted / length) < 1e-6, `${window} at ${String(at)}`);
      }
    }
  });
  fc.assert(property, { numRuns: 300 });
});

test('a histogram counts all, and its quantiles lie in the right bucket of the window', () => {
  const bounds = exponentialBounds(1, 2, 11);
  const windowMs = 60_000;
  const sliceMs = windowMs / 6;
  const property = fc.property(beginning, script, (start, steps) => {
    const histogram = new Histogram(bounds, start, windowMs);
    const all: Counted[] = [];
    let at = start;
    for (const { pauseMs, value, count } of steps) {
      at += pauseMs;
      histogram.add(value, count, at);
      if (count > 0) all.push({ at, value, count });
      const first = Math.floor(at / sliceMs) - 5;
      const recent = all.filter((one) => Math.floor(one.at / sliceMs) >= first);
      const found = histogram.recent(at);
      if (recent.length === 0) {
        assert.equal(found, null);
        continue;
      }
      assert.ok(found !== null);
      assert.equal(
        found.count,
        recent.reduce((sum, one) => sum + one.count, 0),
      );
      assert.equal(found.max, Math.max(...recent.map((one) => one.value)));
      for (const [quantile, share] of [
        [found.p50, 0.5],
        [found.p99, 0.99],
      ] as const) {
        const value = valueAt(recent, Math.ceil(found.count * share));
        const low = Math.max(0, ...bounds.filter((bound) => bound < value));
        const high = Math.min(found.max, ...bounds.filter((bound) => bound >= value));
        assert.ok(quantile >= low && quantile <= high, `${String(quantile)} for ${String(value)}`);
      }
    }
    const { buckets, count, sum } = histogram.totals();
    for (const { le, count: below } of buckets) {
      const model = all.filter(({ value }) => value <= le).reduce((total, one) => total + one.count, 0);
      assert.equal(below, model);
    }
    assert.equal(buckets.at(-1)?.le, Infinity);
    assert.equal(count, buckets.at(-1)?.count);
    assert.equal(
      sum,
      all.reduce((total, one) => total + one.value * one.count, 0),
    );
  });
  fc.assert(property, { numRuns: 300 });
});

function valueAt(counted: readonly Counted[], rank: number): number {
  let below = 0;
  for (const { value, count } of [...counted].sort((a, b) => a.value - b.value)) {
    below += count;
    if (below >= rank) return value;
  }
  throw new Error('there are not so many');
}

test('a rate falls to nothing when nothing comes', () => {
  const rate = new Rate(1_000_000);
  rate.add(1_000, 1_001_000);
  assert.ok((rate.read(1_005_000).now ?? 0) > 0);
  assert.equal(rate.read(1_011_500).now, 0);
  assert.ok((rate.read(1_011_500).m1 ?? 0) > 0);
  assert.deepEqual(rate.read(9_000_000), { now: 0, m1: 0, m10: 0 });
});
