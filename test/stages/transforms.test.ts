import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Content, Schema } from '../../src/sdk/index.js';
import { transformKinds, type Transform } from '../../src/stages/index.js';

function build(name: string, settings: unknown): Transform {
  const kind = transformKinds.find((known) => known.name === name);
  assert.ok(kind !== undefined, name);
  return kind.spec.parse(settings);
}

/** Applies the transform to a frozen record, so that a change of the input throws. */
function apply(name: string, settings: unknown, content: Content): Content | null {
  return build(name, settings).apply(frozen(content));
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
    for (const inner of Object.values(value)) frozen(inner);
    Object.freeze(value);
  }
  return value;
}

const record: Content = {
  value: { id: 7, user: { name: 'Ann', tags: ['a'] }, level: 'error', key: 'inner' },
  key: 'k1',
  tag: '5',
  headers: { origin: 'here', 'a.b': 'dotted' },
};
const kept = (settings: unknown, content: Content = record): boolean =>
  apply('filter', settings, content) !== null;
const badData = { name: 'ConnectorError', code: 'bad_data' };

test('filter keeps or drops by a field, the key, the tag, a header or the whole value', () => {
  assert.ok(kept({ field: 'level', equals: 'error' }));
  assert.ok(!kept({ field: 'level', equals: 'error', keep: false }));
  assert.ok(!kept({ field: 'level', not_equals: 'error' }));
  assert.ok(kept({ field: 'nothing', not_equals: 'error' }));
  assert.ok(!kept({ field: 'nothing', equals: 'error' }));
  assert.ok(kept({ field: 'id', equals: 7 }));
  assert.ok(!kept({ field: 'id', equals: '7' }));
  assert.ok(kept({ field: 'user.name', matches: '^A' }));
  assert.ok(kept({ field: 'user.tags.0', equals: 'a' }));
  assert.ok(kept({ field: 'id', matches: '^7$' }));
  assert.ok(!kept({ field: 'user.age', matches: '.*' }));
  assert.ok(kept({ field: 'user.age', exists: false }));
  assert.ok(kept({ field: 'key', equals: 'k1' }));
  assert.ok(kept({ field: 'value.key', equals: 'inner' }));
  assert.ok(kept({ field: 'tag', equals: 5 }));
  assert.ok(kept({ field: 'header.a.b', equals: 'dotted' }));
  assert.ok(!kept({ field: 'header.toString', exists: true }));
  assert.ok(!kept({ field: 'constructor', exists: true }));
  assert.ok(kept({ field: 'value', matches: 'ERR' }, { value: 'an ERROR' }));
  assert.ok(kept({ field: 'value', equals: 'line' }, { value: Buffer.from('line') }));
  assert.ok(!kept({ field: 'value', exists: true }, { value: null }));
  assert.ok(!kept({ field: 'level', exists: true }, { value: null }));
});

test('filter gives back the very record it keeps', () => {
  assert.equal(build('filter', { field: 'key', exists: true }).apply(record), record);
});

test('fields of text need format json, and the error says so', () => {
  for (const value of ['text', Buffer.from('text')]) {
    assert.throws(
      () => kept({ field: 'level', exists: true }, { value }),
      (error: Error & { hint?: string }) => {
        assert.match(error.hint ?? '', /format: json/);
        return true;
      },
    );
  }
  for (const [name, settings] of [
    ['rename', { a: 'b' }],
    ['insert', { fields: { a: 1 } }],
    ['drop', ['a']],
  ] as const) {
    for (const value of ['text', [1], 5]) assert.throws(() => apply(name, settings, { value }), badData);
    assert.deepEqual(apply(name, settings, { value: null }), { value: null });
  }
});

test('rename moves fields and headers, all at once', () => {
  assert.deepEqual(apply('rename', { id: 'user.id', 'user.name': 'name', missing: 'x' }, record)?.value, {
    user: { tags: ['a'], id: 7 },
    level: 'error',
    key: 'inner',
    name: 'Ann',
  });
  assert.deepEqual(apply('rename', { a: 'b', b: 'a' }, { value: { a: 1, b: 2 } })?.value, { a: 2, b: 1 });
  assert.deepEqual(apply('rename', { 'header.origin': 'header.from' }, { ...record, value: 'text' }), {
    ...record,
    value: 'text',
    headers: { 'a.b': 'dotted', from: 'here' },
  });
  assert.deepEqual(apply('rename', { 'header.x': 'header.y' }, { value: '' }), { value: '' });
});

test('insert sets constants and what the record holds', () => {
  const made = apply(
    'insert',
    {
      fields: {
        'meta.copy': '{user}',
        'meta.text': 'id {id} of {user.name} {{}}',
        n: 1,
        none: null,
        id: '{level}',
      },
      headers: { level: '{level}', count: 3 },
      key: '{id}',
      tag: 'fixed',
    },
    record,
  );
  assert.deepEqual(made, {
    value: {
      ...(record.value as object),
      id: 'error',
      meta: { copy: { name: 'Ann', tags: ['a'] }, text: 'id 7 of Ann {}' },
      n: 1,
      none: null,
    },
    headers: { ...record.headers, level: 'error', count: '3' },
    key: '7',
    tag: 'fixed',
  });
});

test('insert refuses a record that has not what is to be inserted', () => {
  assert.throws(() => apply('insert', { key: '{nothing}' }, record), badData);
  assert.deepEqual(apply('insert', { key: '{value}' }, { value: Buffer.from('line') })?.key, 'line');
  assert.deepEqual(
    apply('insert', { headers: { a: '{header.b}' } }, { value: 1, headers: { b: 'x' } })?.headers,
    {
      b: 'x',
      a: 'x',
    },
  );
});

test('drop takes away, and passes over what is not there', () => {
  assert.deepEqual(apply('drop', ['user.tags', 'level', 'a.b', 'key', 'header.a.b', 'header.x'], record), {
    value: { id: 7, user: { name: 'Ann' }, key: 'inner' },
    key: undefined,
    tag: '5',
    headers: { origin: 'here' },
  });
  assert.deepEqual(apply('drop', ['tag', 'header.origin'], { value: 'text', tag: 'a' }), {
    value: 'text',
    tag: undefined,
  });
});

test('a field called __proto__ is a field like any other', () => {
  const value = JSON.parse('{"a": 1}') as Content['value'];
  const made = apply('insert', { fields: { b: 'x' } }, { value });
  assert.deepEqual(made?.value, { a: 1, b: 'x' });
  const polluted = apply('rename', JSON.parse('{"a": "__proto__.polluted"}'), { value });
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.equal(JSON.stringify(polluted?.value), '{"__proto__":{"polluted":1}}');
});

test('the schema follows what rename, drop and insert do to the fields, also within a change', () => {
  const schema: Schema = {
    name: 't',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'a', type: 'string', length: 5, optional: true },
      { name: 'b', type: 'bool' },
    ],
  };
  const row = { id: 1, a: 'x', b: true };
  const typesOf = (content: Content | null): string[] | undefined =>
    content?.schema?.fields.map(({ name, type }) => `${name} ${type}`);

  const renamed = apply('rename', { id: 'nr', a: 'b', b: 'a' }, { value: row, schema });
  assert.deepEqual(typesOf(renamed), ['nr int32', 'b string', 'a bool']);
  assert.deepEqual(renamed?.schema?.key, ['nr']);
  const dropped = apply('drop', ['after.id', 'before.b'], { value: { before: row, after: row }, schema });
  assert.deepEqual([typesOf(dropped), dropped?.schema?.key], [['a string', 'b bool'], []]);
  const inserted = apply('insert', { fields: { b: 1, n: '{a}', t: 'no {id}' } }, { value: row, schema });
  assert.deepEqual(typesOf(inserted), ['id int32', 'a string', 'b float64', 'n json', 't string']);
});

test('records of one schema have one schema afterwards', () => {
  const schema: Schema = { name: 't', key: [], fields: [{ name: 'a', type: 'bool' }] };
  const transform = build('drop', ['a']);
  const [first, second] = [1, 2].map(() => transform.apply({ value: { a: true }, schema }));
  assert.ok(first?.schema !== undefined && first.schema === second?.schema);
});
