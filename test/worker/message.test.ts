import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formats, parseOrderingKey } from '../../src/stages/index.js';
import { toMessage } from '../../src/worker/message.js';

test('the ordering key is read out of the value, also where a source hands over its bytes', () => {
  const ordering = parseOrderingKey('user');
  const bytes = Buffer.from('{"user": "ann"}');
  for (const value of [{ user: 'ann' }, bytes]) {
    assert.equal(toMessage({ value, key: 'k' }, formats.json, ordering).orderingKey, 'ann');
  }
  assert.equal(toMessage({ value: bytes }, formats.json, ordering).body, bytes);
});

test('without one it is the record’s key', () => {
  assert.equal(toMessage({ value: 'x', key: 'k' }, formats.text, null).orderingKey, 'k');
  assert.equal(toMessage({ value: null }, formats.text, null).orderingKey, undefined);
});
