import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredMessage } from '../../src/rocketmq/cluster.js';
import { ConnectorError, type Content, type Schema } from '../../src/sdk/index.js';
import { formats, parseOrderingKey } from '../../src/stages/index.js';
import { toMessage, toSinkRecord } from '../../src/worker/message.js';
import { failedSourceRecord, recordOfLetter } from '../../src/worker/source-message.js';

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

const schema: Schema = {
  name: 'public.orders',
  key: ['id'],
  fields: [
    { name: 'id', type: 'int64' },
    {
      name: 'tags',
      type: 'array',
      items: { type: 'string' },
      native: { postgres: 'text[]' },
      optional: true,
    },
  ],
};
const delivered = (properties: Record<string, string>, body = '{"id":1,"tags":["a"]}'): StoredMessage => ({
  ...{ topic: 't', broker: 'b', queue: 0, offset: 0, bornAt: 0, storedAt: 0, key: undefined, tag: undefined },
  body: Buffer.from(body),
  bodyBytes: Buffer.byteLength(body),
  properties,
  property: (name) => properties[name],
  propertyIs: (name, value) => properties[name] === value.toString(),
  allProperties: properties,
  id: '',
  reconsumeTimes: 0,
});

test('the format json carries the schema, and the other way it is no header', () => {
  const content: Content = { value: { id: 1, tags: ['a'] }, headers: { h: '1' }, schema };
  const { body, properties = {} } = toMessage(content, formats.json, null);
  assert.equal(body.toString(), '{"id":1,"tags":["a"]}');
  const record = toSinkRecord(delivered(properties), formats.json, []);
  assert.deepEqual(record?.schema, schema);
  assert.deepEqual(record.headers, { h: '1' });
  assert.equal(toSinkRecord(delivered(properties), formats.json, [])?.schema, record.schema);
  assert.deepEqual(toMessage({ ...content, value: 'x' }, formats.text, null).properties, { h: '1' });
});

test('a tombstone has its schema, too', () => {
  const { properties = {} } = toMessage({ value: null, schema }, formats.json, null);
  const record = toSinkRecord(delivered(properties, ''), formats.json, []);
  assert.deepEqual([record?.value, record?.schema], [null, schema]);
});

test('a schema that fits no message is an error that says how to do without', () => {
  const fields = Array.from({ length: 1_000 }, (_, n) => ({ name: `column_${n}`, type: 'string' }) as const);
  assert.throws(
    () => toMessage({ value: {}, schema: { name: 'wide', key: [], fields } }, formats.json, null),
    (error) =>
      error instanceof ConnectorError &&
      error.code === 'config' &&
      error.hint?.includes('schema: none') === true,
  );
});

test('a property that is no schema is the fault of its record', () => {
  for (const text of ['{', '{"name":"x"}', '{"name":"x","key":[],"fields":[{"name":"a","type":"odd"}]}']) {
    assert.throws(
      () => toSinkRecord(delivered({ 'connect.schema': text }), formats.json, []),
      (error) => error instanceof ConnectorError && error.code === 'bad_data',
    );
  }
});

test('a source’s dead letter keeps the schema', () => {
  const failed = failedSourceRecord(
    't',
    'p',
    { value: { id: 1 }, schema, position: 1 },
    { stage: 'send', error: new Error('x') },
  );
  const { value, schema: kept, headers } = recordOfLetter(failed.original, 'json');
  assert.deepEqual([value, kept, headers], [{ id: 1 }, schema, {}]);
});
