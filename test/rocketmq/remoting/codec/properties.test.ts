import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeProperties,
  isSystemProperty,
  mayName,
  writeUserProperties,
} from '../../../../src/rocketmq/remoting/codec/properties.js';

test('reads properties with and without the last separator', () => {
  assert.deepEqual(decodeProperties('a\u00011\u0002b\u0001\u0002c\u00013'), { a: '1', b: '', c: '3' });
  assert.deepEqual(decodeProperties(''), {});
});

test('takes the last of two values, and leaves out what has no name or no value', () => {
  assert.deepEqual(decodeProperties('a\u00011\u0002a\u00012\u0002\u0001x\u0002lone\u0002b\u00013\u0002'), {
    a: '2',
    b: '3',
  });
});

test('keeps names that mean something to JavaScript', () => {
  const properties = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
  const out = Buffer.alloc(100);
  const end = writeUserProperties(properties, out, 0);
  const read = decodeProperties(out.toString('utf8', 0, end));
  assert.deepEqual(Object.entries(read), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});

test('knows whose a name is', () => {
  assert.ok(['KEYS', 'UNIQ_KEY', 'MSG_REGION', '__RMQ.TRANSIENT.TOPIC_SYS_FLAG'].every(isSystemProperty));
  assert.ok(!['keys', 'key', 'x'].some(isSystemProperty));
});

test('tells without making text whether a name may be there', () => {
  const bytes = Buffer.from('rc\u00011\u0002other\u0001rc\u0002naïve\u0001x\u0002rc');
  const has = (name: string, to = bytes.length): boolean => mayName(bytes, 0, to, name);
  assert.deepEqual(
    ['rc', 'other', 'naïve'].map((name) => has(name)),
    [true, true, true],
  );
  assert.deepEqual(
    ['x', 'the', 'rcx', '1'].map((name) => has(name)),
    [false, false, false, false],
  );
  assert.equal(has('other', 5), false, 'what lies behind the properties is none of them');
});
