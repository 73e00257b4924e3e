import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AcknowledgedPrefix } from '../../src/worker/acknowledged-prefix.js';

test('moves only along the unbroken prefix', () => {
  const prefix = new AcknowledgedPrefix<string>();
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((value) => prefix.add(value));
  assert.deepEqual(prefix.take(), []);
  b?.();
  assert.deepEqual(prefix.take(), []);
  a?.();
  assert.deepEqual(prefix.take(), ['a', 'b']);
  assert.deepEqual(prefix.take(), []);
  d?.();
  assert.deepEqual(prefix.take(), []);
  assert.equal(prefix.pending, 2);
  c?.();
  assert.deepEqual(prefix.take(), ['c', 'd']);
  assert.equal(prefix.pending, 0);
});

test('in any order of acknowledgements it ends at the last value and never goes back', () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  for (let round = 0; round < 200; round += 1) {
    const prefix = new AcknowledgedPrefix<number>();
    const open = Array.from({ length: 30 }, (_, value) => ({ value, acknowledge: prefix.add(value) }));
    const acknowledged = new Set<number>();
    let last = -1;
    while (open.length > 0) {
      const [entry] = open.splice(random(open.length), 1);
      entry?.acknowledge();
      acknowledged.add(entry?.value ?? -1);
      const taken = prefix.take().at(-1);
      if (taken === undefined) continue;
      assert.ok(taken > last);
      for (let value = 0; value <= taken; value += 1) assert.ok(acknowledged.has(value));
      last = taken;
    }
    assert.equal(last, 29);
  }
});
