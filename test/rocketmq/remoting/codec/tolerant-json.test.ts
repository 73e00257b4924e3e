import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTolerantJson } from '../../../../src/rocketmq/remoting/codec/tolerant-json.js';

test('reads maps with number keys and with objects as keys', () => {
  assert.deepEqual(
    parseTolerantJson('{"brokerAddrs":{0:"127.0.0.1:10911",-1:"x"}}'),
    new Map([
      [
        'brokerAddrs',
        new Map([
          ['0', '127.0.0.1:10911'],
          ['-1', 'x'],
        ]),
      ],
    ]),
  );
  assert.deepEqual(
    parseTolerantJson('{"offsetTable":{{"queueId":1,"topic":"a}{b"}:{"max":5},{"queueId":0}:7}}'),
    new Map([
      [
        'offsetTable',
        new Map<unknown, unknown>([
          [
            new Map<string, unknown>([
              ['queueId', 1],
              ['topic', 'a}{b'],
            ]),
            new Map([['max', 5]]),
          ],
          [new Map([['queueId', 0]]), 7],
        ]),
      ],
    ]),
  );
});

test('reads ordinary JSON as JSON.parse does', () => {
  for (const text of ['null', 'true', '-1.5e3', '"a\\"b\\\\\\u00e9\\n\\/"', '[1,[],{},"x"]', ' [ 1 , 2 ] ']) {
    const plain = JSON.parse(text, (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? new Map(Object.entries(value))
        : value,
    ) as unknown;
    assert.deepEqual(parseTolerantJson(text), plain, text);
  }
});

test('reads suffixes and single quotes', () => {
  assert.deepEqual(
    parseTolerantJson(`{'a':12L,'b':'c"d',"e":0.5D}`),
    new Map<string, unknown>([
      ['a', 12],
      ['b', 'c"d'],
      ['e', 0.5],
    ]),
  );
});

test('keeps names that mean something to JavaScript', () => {
  const parsed = parseTolerantJson('{"__proto__":1}');
  assert.deepEqual(parsed, new Map([['__proto__', 1]]));
});

test('refuses the rest, saying where', () => {
  const refused = [
    '',
    '{',
    '[1',
    '{"a"}',
    '{"a":}',
    '[1 2]',
    '"open',
    '{[1]:2}',
    '1 1',
    '"\\u00g1"',
    '<html>',
    '[what]',
  ];
  for (const text of refused) {
    assert.throws(() => parseTolerantJson(text), { code: 'protocol', message: /at \d+, near/ }, text);
  }
  assert.throws(() => parseTolerantJson('['.repeat(100_000)), { code: 'protocol' });
});
