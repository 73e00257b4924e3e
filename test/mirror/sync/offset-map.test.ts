import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { OffsetMap, type Run } from '../../../src/mirror/sync/offset-map.js';

/** Messages as they lie in both queues: `left` were left out before, `foreign` of others came in before. */
const pieces = fc.array(
  fc.record({
    left: fc.integer({ min: 0, max: 3 }),
    foreign: fc.integer({ min: 0, max: 3 }),
    length: fc.integer({ min: 1, max: 9 }),
  }),
  { minLength: 1, maxLength: 60 },
);

interface Copied {
  readonly runs: readonly Run[];
  /** Source offset → target offset, of what was copied. */
  readonly places: ReadonlyMap<number, number>;
  readonly sourceEnd: number;
  readonly targetEnd: number;
}

function copied(of: readonly { left: number; foreign: number; length: number }[]): Copied {
  let [source, target] = [0, 0];
  const runs: Run[] = [];
  const places = new Map<number, number>();
  for (const { left, foreign, length } of of) {
    source += left;
    target += foreign;
    runs.push({ source, target, length });
    for (let index = 0; index < length; index += 1) places.set(source + index, target + index);
    source += length;
    target += length;
  }
  return { runs, places, sourceEnd: source, targetEnd: target };
}

/** The target offset of the first message copied at or after it. */
function wanted({ places, sourceEnd, targetEnd }: Copied, offset: number): number {
  for (let at = offset; at < sourceEnd; at += 1) {
    const target = places.get(at);
    if (target !== undefined) return target;
  }
  return targetEnd;
}

describe('the map of offsets', () => {
  test('leads every source offset to the first message copied at or after it, whatever the order of adding', () => {
    fc.assert(
      fc.property(pieces, fc.infiniteStream(fc.nat()), (of, order) => {
        const all = copied(of);
        const shuffled = all.runs
          .map((run) => [order.next().value as number, run] as const)
          .sort(([a], [b]) => a - b)
          .map(([, run]) => run);
        const map = new OffsetMap([...shuffled, ...all.runs]);
        for (let offset = 0; offset <= all.sourceEnd + 2; offset += 1) {
          assert.equal(map.find(offset)?.target, wanted(all, offset), `offset ${String(offset)}`);
        }
        assert.deepEqual(map.end, { source: all.sourceEnd, target: all.targetEnd });
      }),
    );
  });

  test('thinned out, it names where to look, and never skips', () => {
    fc.assert(
      fc.property(pieces, (of) => {
        const all = copied(of);
        const map = new OffsetMap(all.runs, 4);
        assert.ok(map.runs.length <= 4);
        for (let offset = 0; offset <= all.sourceEnd; offset += 1) {
          const place = map.find(offset);
          const right = wanted(all, offset);
          assert.ok(place !== null);
          if (place.kind !== 'among') assert.equal(place.target, right);
          else assert.ok(place.target <= right && right <= place.before, `offset ${String(offset)}`);
        }
      }),
    );
  });

  test('what follows without a gap is one run', () => {
    const map = new OffsetMap([
      { source: 5, target: 0, length: 10 },
      { source: 15, target: 10, length: 10 },
      { source: 26, target: 20, length: 1 },
    ]);
    assert.deepEqual(map.runs, [
      { source: 5, target: 0, length: 20 },
      { source: 26, target: 20, length: 1 },
    ]);
    assert.deepEqual(map.find(0), { kind: 'exact', target: 0 }, 'before the first: the first');
    assert.deepEqual(map.find(27), { kind: 'end', target: 21 });
  });

  test('nothing copied is nothing known', () => {
    assert.equal(new OffsetMap().find(0), null);
  });

  test('forgets what lies below both queues', () => {
    const map = new OffsetMap([
      { source: 0, target: 0, length: 10 },
      { source: 12, target: 10, length: 10 },
    ]);
    map.forgetBelow(10, 9);
    assert.equal(map.runs.length, 2, 'the target still has its last message');
    map.forgetBelow(10, 10);
    assert.equal(map.runs.length, 2, 'that copying began before is still known');
    map.add({ source: 30, target: 20, length: 5 });
    map.forgetBelow(22, 20);
    assert.deepEqual(map.runs, [
      { source: 12, target: 10, length: 10 },
      { source: 30, target: 20, length: 5 },
    ]);
    assert.deepEqual(map.find(25), { kind: 'exact', target: 20 });
  });
});
