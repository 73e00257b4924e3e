import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseOrderingKey } from '../../src/stages/index.js';

const record = {
  value: { user: { id: 7 }, at: 'Ulm' },
  key: 'k',
  tag: undefined,
  headers: { tenant: 'blue' },
};

describe('ordering_key', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['key', 'k'],
    ['tag', undefined],
    ['header.tenant', 'blue'],
    ['user.id', '7'],
    ['user', '{"id":7}'],
    ['nobody', undefined],
    ['{header.tenant}-{user.id}', 'blue-7'],
    ['{{all}}', '{all}'],
  ];
  for (const [text, key] of cases) {
    test(`${text} is ${key ?? 'nothing'}`, () => {
      assert.equal(parseOrderingKey(text)?.of(record), key);
    });
  }

  test('what names no place is none, and a template of what is not there fails', () => {
    for (const text of ['', 'a..b', 'header.', '{a..b}', 'a{b']) assert.equal(parseOrderingKey(text), null);
    assert.throws(() => parseOrderingKey('{nobody}')?.of(record), { code: 'bad_data' });
  });
});
