import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Value } from '../../src/sdk/index.js';
import { formats, transformed, type Format } from '../../src/stages/index.js';

const notUtf8 = Buffer.from([0x61, 0xff, 0xfe]);
const refused = (format: Format, value: unknown): void => {
  assert.throws(() => format.encode(value as Exclude<Value, null>), {
    name: 'ConnectorError',
    code: 'bad_data',
  });
};

test('text: bytes pass as they are, single values as text, structure not at all', () => {
  const { text } = formats;
  assert.equal(text.encode(notUtf8), notUtf8);
  assert.deepEqual(text.encode('grün'), Buffer.from('grün'));
  assert.equal(text.encode('').length, 0);
  assert.equal(text.encode(1.5).toString(), '1.5');
  assert.equal(text.encode(false).toString(), 'false');
  refused(text, { a: 1 });
  refused(text, [1]);
  assert.equal(text.decode(Buffer.from('grün')), 'grün');
  assert.equal(text.decode(notUtf8), 'a\uFFFD\uFFFD');
});

test('json: any JSON value, and strict about what comes in', () => {
  const { json } = formats;
  for (const value of [{ a: [1, null, 'ü'] }, [], 'text', 0, true] as const) {
    assert.deepEqual(json.decode(json.encode(value)), value);
  }
  const body = Buffer.from('{ "a" : 1 }');
  assert.equal(json.encode(body), body);
  refused(json, Buffer.from('{'));
  refused(json, Number.NaN);
  refused(json, 10n);
  refused(json, () => 1);
  for (const broken of [
    Buffer.from('"\xff"', 'latin1'),
    Buffer.from(''),
    Buffer.from('{"a":1}}'),
    Buffer.from('\ufeff1'),
  ]) {
    assert.throws(() => json.decode(broken), { name: 'ConnectorError', code: 'bad_data' });
  }
  assert.equal(json.decode(Buffer.from('null')), null);
});

test('bytes: nothing is looked into', () => {
  const { bytes } = formats;
  assert.equal(bytes.encode(notUtf8), notUtf8);
  assert.equal(bytes.decode(notUtf8), notUtf8);
  assert.deepEqual(bytes.encode('a'), Buffer.from('a'));
  refused(bytes, 1);
  refused(bytes, {});
});

test("a source's bytes are decoded for transforms under json, and given back where the value stays", () => {
  const value = Buffer.from('{"a": 1}');
  const seen: unknown[] = [];
  const look = { name: 'look', apply: (content: { value: Value }) => (seen.push(content.value), content) };
  const change = { name: 'change', apply: () => ({ value: 2 }) };
  const drop = { name: 'drop', apply: () => null };
  assert.equal(transformed({ value, key: 'k' }, [look], formats.json)?.value, value);
  assert.equal(transformed({ value }, [look], formats.text)?.value, value);
  assert.deepEqual(seen, [{ a: 1 }, value]);
  assert.deepEqual(transformed({ value }, [change, look], formats.json), { value: 2 });
  assert.equal(transformed({ value }, [drop, look], formats.json), null);
  assert.equal(seen.length, 3);
});
