import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { changedPositions } from '../../../src/cli/offsets/partition-changes.js';
import { changesTo, selectQueues, startOf, type Standing } from '../../../src/cli/offsets/queue-changes.js';
import type { Target } from '../../../src/cli/offsets/target.js';
import type { StoredPositions } from '../../../src/store/index.js';

const queue = (number: number, of: Partial<Standing> = {}): Standing => {
  return { topic: 't', broker: 'b', queue: number, min: 10, max: 100, offset: 50, ...of };
};
const offsetAt = (_: unknown, time: number): Promise<number> => Promise.resolve(time);
const places = async (target: Target, queues: readonly Standing[]): Promise<readonly unknown[]> =>
  (await changesTo(target, queues, offsetAt)).map(({ old, new: wanted, delta, note }) => [
    old,
    wanted,
    delta,
    note,
  ]);

describe('queues of a sink', () => {
  test('go to the place that is meant', async () => {
    assert.deepEqual(await places('earliest', [queue(0)]), [[50, 10, -40, null]]);
    assert.deepEqual(await places('latest', [queue(0), queue(1, { offset: null })]), [
      [50, 100, 50, null],
      [null, 100, null, null],
    ]);
    assert.deepEqual(await places({ offset: 60 }, [queue(0)]), [[50, 60, 10, null]]);
    assert.deepEqual(await places({ time: 77 }, [queue(0)]), [[50, 77, 27, null]]);
    assert.deepEqual(await places({ shift: -5 }, [queue(0)]), [[50, 45, -5, null]]);
  });

  test('are shifted to their ends at the most, and nowhere without an offset', async () => {
    assert.deepEqual(await places({ shift: -1_000 }, [queue(0)]), [[50, 10, -40, 'this is its start']]);
    assert.deepEqual(await places({ shift: 1_000 }, [queue(0)]), [[50, 100, 50, 'this is its end']]);
    await assert.rejects(places({ shift: 1 }, [queue(0), queue(3, { offset: null })]), /t\/b\/3/);
  });

  test('have no place outside of them', async () => {
    await assert.rejects(places({ offset: 101 }, [queue(0)]), { code: 'no_such_offset', exitCode: 2 });
    await assert.rejects(places({ offset: 9 }, [queue(0)]), { code: 'no_such_offset' });
  });

  test('are chosen by topic and name; what is not there is named', () => {
    const all = [queue(0), queue(1), queue(0, { topic: 'u' }), queue(0, { broker: 'c' })];
    assert.equal(selectQueues(all, { topics: [], queues: [] }).length, 4);
    assert.deepEqual(selectQueues(all, { topics: ['t'], queues: ['b/0', 'c/0'] }), [all[0], all[3]]);
    assert.throws(() => selectQueues(all, { topics: ['v'], queues: [] }), { hint: 'it reads: t, u' });
    assert.throws(() => selectQueues(all, { topics: ['u'], queues: ['b/1'] }), { hint: 'it reads: b/0' });
  });

  test('start where the job says', () => {
    assert.equal(startOf('latest'), 'latest');
    assert.deepEqual(startOf(5), { time: 5 });
  });
});

describe('positions of a source', () => {
  const at = new Date('2026-01-31T12:00:00Z');
  const place = { topic: 't', broker: 'b', queue: 1 };
  const stored: StoredPositions = {
    version: 1,
    connector: 'in',
    clean: false,
    writers: ['w'],
    tails: [
      { ...place, offset: 7, first: null, last: { offset: 6, stamp: 's' } },
      { ...place, queue: 2, offset: 5, first: null, last: { offset: 4, stamp: 's' } },
    ],
    partitions: {
      a: { position: 1, queue: place, updated_at: 'x', generation: 4 },
      b: { position: 2, queue: null, updated_at: 'x' },
    },
  };
  const to = (partition: string, position: number | null) => ({
    partition,
    old: null,
    new: position,
    note: null,
  });

  test('one that is set keeps its queue and gets a new generation; what may be under way for others stays', () => {
    const changed = changedPositions(stored, 'in', [to('b', 9), to('c', 3)], false, at);
    assert.deepEqual(changed.partitions, {
      a: stored.partitions.a,
      b: { position: 9, queue: null, updated_at: at.toISOString(), generation: 5 },
      c: { position: 3, queue: null, updated_at: at.toISOString(), generation: 5 },
    });
    assert.deepEqual(
      [changed.clean, changed.writers, changed.generation, changed.tails.map(({ offset }) => offset)],
      [false, ['w'], undefined, [7, 5]],
    );
  });

  test('the last message of a queue is no measure of a position that was set', () => {
    const { tails } = changedPositions(stored, 'in', [to('a', 9)], false, at);
    assert.deepEqual(tails, [{ ...place, offset: 7, first: null, last: null }, stored.tails[1]]);
    const spread = changedPositions(stored, 'in', [to('b', 9)], false, at);
    assert.ok(spread.tails.every(({ last }) => last === null));
  });

  test('a source that is forgotten waits for nothing that may be under way', () => {
    const changed = changedPositions(stored, 'in', [to('a', null), to('b', null)], true, at);
    assert.deepEqual(changed.partitions.a, {
      position: null,
      queue: place,
      updated_at: at.toISOString(),
      generation: 5,
    });
    const { clean, tails, writers, generation } = changed;
    assert.deepEqual(
      { clean, tails, writers, generation },
      { clean: true, tails: [], writers: [], generation: 5 },
    );
  });

  test('one that never ran can be set', () => {
    const { partitions } = changedPositions(null, 'in', [to('a', 1)], false, at);
    assert.deepEqual(partitions.a, { position: 1, queue: null, updated_at: at.toISOString(), generation: 1 });
  });
});
