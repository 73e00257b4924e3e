import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isOfOneKey, redisError } from './errors.js';

it('tells what a person has to mend from what is only away', () => {
  for (const [text, code, retryable] of [
    ['WRONGPASS invalid username-password pair or user is disabled.', 'denied', false],
    ['NOAUTH Authentication required.', 'denied', false],
    ["NOPERM this user has no permissions to run the 'xadd' command", 'denied', false],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'config', false],
    ['MOVED 866 127.0.0.1:7001', 'config', false],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'unavailable', true],
    ['LOADING Redis is loading the dataset in memory', 'unavailable', true],
    ['Connection is closed.', 'unreachable', true],
  ] as const) {
    const error = redisError(new Error(text), 'redis://host', 'XADD');
    assert.deepEqual([error.code, error.retryable], [code, retryable], text);
    assert.match(error.message, /redis:\/\/host: XADD/);
  }
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  assert.equal(redisError(refused, 'redis://host', 'connect').code, 'unreachable');
});

it('blames a single record only for what its key holds', () => {
  assert.ok(isOfOneKey(new Error('WRONGTYPE Operation against a key holding the wrong kind of value')));
  for (const text of ['MOVED 866 127.0.0.1:7001', "ERR unknown command 'XADD'"])
    assert.ok(!isOfOneKey(new Error(text)), text);
});
