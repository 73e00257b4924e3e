import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareText } from '../../src/cli/share-text.js';

const alone = { member: 'me', members: [{ member: 'me', queues: 4 }], awaited: 0, trouble: null };
const members = [
  { member: 'me', queues: 9 },
  { member: 'host@7', queues: 8 },
];

test('a sink that has all its queues has nothing to say', () => {
  assert.equal(shareText(null), null);
  assert.equal(shareText(alone), null);
});

test('one that shares them says who has how many', () => {
  assert.equal(shareText({ ...alone, members }), '9 of 17 queues are here, 8 at host@7');
  assert.equal(
    shareText({ ...alone, members, awaited: 9, trouble: 'they read red' }),
    '0 of 17 queues are here, 8 at host@7, 9 still to be given up by another, they read red',
  );
});
