import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { JsonObject } from '../../src/sdk/index.js';
import { sinkRecord } from '../../src/sdk/acceptance/index.js';
import { commandMaker } from './commands.js';
import { sinkSpec, sourceSpec } from './spec.js';

const url = 'redis://127.0.0.1';
const made = (config: JsonObject, record = sinkRecord({ value: { a: 1, b: null, c: 'x' }, key: 'k' })) =>
  commandMaker(sinkSpec.parse({ url, ...config }))(record).map((command) => command.map(String));
const gone = sinkRecord({ value: null, key: 'k' });

it('writes a record as the mode says', () => {
  const body = '{"a":1,"b":null,"c":"x"}';
  assert.deepEqual(made({ max_length: 10 }), [
    ['XADD', 'acceptance', 'MAXLEN', '~', '10', '*', 'value', body, 'key', 'k'],
  ]);
  assert.deepEqual(made({ entry: 'fields' }), [['XADD', 'acceptance', '*', 'a', '1', 'c', 'x']]);
  assert.deepEqual(made({ mode: 'list', max_length: 2 }), [
    ['RPUSH', 'acceptance', body],
    ['LTRIM', 'acceptance', '-2', '-1'],
  ]);
  assert.deepEqual(made({ mode: 'string', expire_ms: 5 }), [['SET', 'acceptance:k', body, 'PX', '5']]);
  assert.deepEqual(made({ mode: 'hash', expire_ms: 5 }), [
    ['HSET', 'acceptance:k', 'a', '1', 'c', 'x'],
    ['PEXPIRE', 'acceptance:k', '5'],
  ]);
});

it('deletes what a record without a value is about, where there is such a thing', () => {
  assert.deepEqual(made({ mode: 'string' }, gone), [['DEL', 'acceptance:k']]);
  assert.deepEqual(made({ mode: 'hash' }, gone), [['DEL', 'acceptance:k']]);
  assert.deepEqual(made({ mode: 'hash', field: 'f' }, gone), [['HDEL', 'acceptance:k', 'f']]);
  assert.deepEqual(made({}, gone), [['XADD', 'acceptance', '*', 'key', 'k']]);
  for (const mode of ['list', 'set', 'pubsub'])
    assert.throws(() => made({ mode }, gone), { code: 'bad_data' }, mode);
});

it('refuses settings that do not fit the mode', () => {
  for (const config of [{ mode: 'set', max_length: 1 }, { mode: 'pubsub', expire_ms: 1 }, { field: 'x' }])
    assert.equal(sinkSpec.safeParse({ url, ...config }).success, false);
});

it('refuses settings that a source does not use', () => {
  const refused = (given: object): readonly string[] =>
    sourceSpec.safeParse({ url, keys: 'a', ...given }).error?.issues.map(({ path }) => path.join('.')) ?? [];
  const settings = { start: 'latest', entry: 'value', after: 'delete' };
  assert.deepEqual(refused({ ...settings, group: 'g', consumer: 'c', claim_after_ms: 100 }), []);
  assert.deepEqual(refused({ claim_after_ms: 100, consumer: 'c' }), ['consumer', 'claim_after_ms']);
  assert.deepEqual(refused({ mode: 'list', ...settings }), ['start', 'entry', 'after']);
});
