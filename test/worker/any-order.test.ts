/** The bookkeeping of what is under way, against plain models: a failure prints its seed and the smallest case found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AcknowledgedPrefix } from '../../src/worker/acknowledged-prefix.js';
import { Trails, type Underway } from '../../src/worker/trails.js';

test('a position never passes what is not acknowledged, and misses nothing that is', () => {
  const steps = fc.array(fc.oneof(fc.constant('add' as const), fc.constant('take' as const), fc.nat()), {
    maxLength: 80,
  });
  const property = fc.property(steps, (script) => {
    const prefix = new AcknowledgedPrefix<number>();
    const acknowledge: (() => void)[] = [];
    const acknowledged = new Set<number>();
    let taken = 0;
    for (const step of script) {
      if (step === 'add') acknowledge.push(prefix.add(acknowledge.length));
      else if (step === 'take') {
        const expected: number[] = [];
        while (acknowledged.has(taken)) expected.push(taken++);
        assert.deepEqual(prefix.take(), expected);
      } else if (acknowledge.length > 0) {
        const number = step % acknowledge.length;
        acknowledge[number]?.();
        acknowledged.add(number);
      }
      assert.equal(prefix.pending, acknowledge.length - taken);
    }
  });
  fc.assert(property, { numRuns: 500 });
});

/** Parcels sent to one queue, as the broker and the positions see them. */
class QueueModel {
  readonly trails = new Trails();
  readonly queue = { topic: 't', broker: 'b', queue: 0 };
  end: number;
  readonly under: { readonly parcel: Underway; first: number | null; size: number }[] = [];

  constructor(opened: number) {
    this.end = opened;
    this.trails.opened(this.queue, opened);
  }

  send(size: number): void {
    this.under.push({ parcel: this.trails.start(this.queue), first: null, size });
  }

  /** Others write into the queue as well. */
  store(which: number, between: number): void {
    const waiting = this.under.filter(({ first }) => first === null);
    const one = waiting[which % Math.max(1, waiting.length)];
    if (one === undefined) return;
    one.first = this.end + between;
    this.end = one.first + one.size;
    this.trails.filled(this.queue, this.end);
    one.parcel.offset = one.first;
  }

  cover(which: number): void {
    const stored = this.under.filter(({ first }) => first !== null);
    const one = stored[which % Math.max(1, stored.length)];
    if (one === undefined) return;
    this.trails.covered(one.parcel);
    this.under.splice(this.under.indexOf(one), 1);
  }
}

test('the tail is never behind a message that no position covers, and ends at the end when all are covered', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('send' as const), size: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constant('store' as const), which: fc.nat(), between: fc.nat({ max: 3 }) }),
    fc.record({ do: fc.constant('cover' as const), which: fc.nat() }),
  );
  const property = fc.property(
    fc.nat({ max: 1_000 }),
    fc.array(step, { maxLength: 80 }),
    (opened, script) => {
      const model = new QueueModel(opened);
      for (const one of script) {
        if (one.do === 'send') model.send(one.size);
        else if (one.do === 'store') model.store(one.which, one.between);
        else model.cover(one.which);
        const [tail] = model.trails.tails();
        assert.ok(tail !== undefined);
        const uncovered = model.under.flatMap(({ first }) => (first === null ? [] : [first]));
        assert.ok(tail.offset <= Math.min(...uncovered, model.end));
        assert.equal(model.trails.isClean, model.under.length === 0);
        if (model.under.length === 0) assert.equal(tail.offset, model.end);
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
});
