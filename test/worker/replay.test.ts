import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Replay, type Island } from '../../src/worker/replay.js';

/** A parcel whose messages are all stored. */
const island = (from: number | null, to: number): Island => ({
  span: { from, skipped: 0, to, count: 10 },
  stored: 10,
});
const sent = [island(null, 10), island(10, 20), island(20, 30), island(30, 40)];
const at = (position: number | null) => ({ position, skipped: 0 });

test('what is still read is crossed in one go', async () => {
  const replay = new Replay(sent);
  await replay.keep(null, () => Promise.resolve(true));
  assert.deepEqual(replay.cross(at(null)), { shore: at(40), messages: 40, end: '40' });
  assert.equal(replay.isDone, true);
});

test('what ends, or begins, at a record that is gone is not counted off; what lies between others is', async () => {
  const replay = new Replay(sent);
  await replay.keep(null, (position) => Promise.resolve(position !== 20));
  assert.deepEqual(replay.cross(at(null)), { shore: at(10), messages: 10, end: '10' });
  assert.equal(replay.cross(at(10)), null);
  assert.deepEqual(replay.cross(at(30)), { shore: at(40), messages: 10, end: '40' });
  assert.equal(replay.isDone, true, 'nothing is left that nobody would come by');
});

test('where reading begins may be gone: what lies behind is read all the same', async () => {
  const replay = new Replay(sent.slice(1));
  await replay.keep(10, (position) => Promise.resolve(position !== 10));
  assert.deepEqual(replay.cross(at(10)), { shore: at(40), messages: 30, end: '40' });
});
