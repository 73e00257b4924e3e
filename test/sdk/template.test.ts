import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ConnectorError, recordTemplate, recordsMade } from '../../src/sdk/index.js';
import { sinkRecord } from '../../src/sdk/acceptance/index.js';

const filled = (template: string, record = sinkRecord({ value: { a: { b: 7 }, topic: 'inner' } })): string =>
  recordTemplate.parse(template).text(record);

it('fills in where a record comes from, its key and headers, and fields of its value', () => {
  const record = sinkRecord({ value: { a: { b: 7 }, topic: 'inner' }, key: 'k', headers: { 'x.y': 'h' } });
  assert.equal(
    filled('{topic}/{broker}/{queue}/{offset}/{key}/{header.x.y}/{a.b}/{value.topic}/{{}}', record),
    'acceptance/broker-a/0/0/k/h/7/inner/{}',
  );
});

it('refuses a brace that stands alone', () => {
  for (const text of ['a{', '}', '{a..b}', '{}'])
    assert.equal(recordTemplate.safeParse(text).success, false, text);
});

it('sets aside the records that lack what is to be filled in', () => {
  const records = [
    sinkRecord({ value: 'a', key: 'x' }),
    sinkRecord({ value: 'b' }),
    sinkRecord({ value: 'c', key: 'z' }),
  ];
  const { made, refused } = recordsMade(records, (record) => filled('to-{key}', record));
  assert.deepEqual(made, [
    { index: 0, made: 'to-x' },
    { index: 2, made: 'to-z' },
  ]);
  assert.deepEqual(
    Array.from(refused, ([index, { code }]) => [index, code]),
    [[1, 'bad_data']],
  );
  const fault = new ConnectorError('internal', 'ours');
  assert.throws(
    () =>
      recordsMade(records, () => {
        throw fault;
      }),
    (error) => error === fault,
  );
});
