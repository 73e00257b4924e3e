import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compareIds, contentOf, entriesOf, streamsOf } from './entry.js';

const bytes = (text: string): Buffer => Buffer.from(text);

it('compares ids as numbers, also where a double would round them', () => {
  assert.equal(compareIds('9-1', '10-0'), -1);
  assert.equal(compareIds('10-10', '10-9'), 1);
  assert.equal(compareIds('9007199254740993-0', '9007199254740992-0'), 1);
  assert.equal(compareIds('5-5', '5-5'), 0);
});

it('reads entries, and those that were deleted while they were pending', () => {
  const reply = [
    [
      bytes('s'),
      [
        [bytes('1-0'), [bytes('a'), bytes('1')]],
        [bytes('2-0'), null],
      ],
    ],
  ];
  assert.deepEqual(streamsOf(reply), [
    [
      's',
      [
        { id: '1-0', fields: [['a', bytes('1')]] },
        { id: '2-0', fields: null },
      ],
    ],
  ]);
  assert.deepEqual(streamsOf(null), []);
  assert.deepEqual(entriesOf([]), []);
});

it('makes a record of all fields, or of those the sink writes', () => {
  const fields = [
    ['value', bytes('v')],
    ['key', bytes('k')],
    ['header.h', bytes('1')],
  ] as const;
  const place = { 'redis.key': 's', 'redis.id': '1-0' };
  assert.deepEqual(contentOf('s', { id: '1-0', fields }, 'value'), {
    value: bytes('v'),
    key: 'k',
    headers: { h: '1', ...place },
  });
  assert.deepEqual(contentOf('s', { id: '1-0', fields }, 'fields'), {
    value: { value: 'v', key: 'k', 'header.h': '1' },
    headers: place,
  });
  assert.equal(contentOf('s', { id: '1-0', fields: [] }, 'value').value, null);
});
