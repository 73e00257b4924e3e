import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plugins } from '../../connectors/index.js';
import { jobJsonSchema } from '../../src/job/schema.js';
import { fieldsOf, variantsOf, type Field, type Schema } from '../../src/page/form/schema.js';

const job = (await jobJsonSchema(plugins)) as Schema;
const variants = variantsOf(job);

function allOf(fields: readonly Field[]): readonly Field[] {
  return fields.flatMap((field) => [field, ...(field.kind.kind === 'group' ? allOf(field.kind.fields) : [])]);
}

function fieldAt(variant: string, path: string): Field | undefined {
  const schema = variants.get(variant);
  assert.ok(schema !== undefined, variant);
  return allOf(fieldsOf(schema, job)).find((field) => field.path.join('.') === path);
}

test('whatever can stand in a job file can be made with the form', () => {
  for (const name of Object.keys(plugins)) {
    const kinds = ['source', 'sink'].filter((kind) => variants.has(`${kind}: ${name}`));
    assert.ok(kinds.length > 0, name);
  }
  assert.ok(variants.has('mirror: rocketmq'));
});

test('each field says what it is for, and has an input that fits it', () => {
  for (const [variant, schema] of variants) {
    const fields = allOf(fieldsOf(schema, job));
    assert.ok(fields.length > 5, variant);
    for (const { path, description, kind } of fields.filter((field) => field.path.length < 3)) {
      assert.ok(
        description !== '' || kind.kind === 'group',
        `${variant}: ${path.join('.')} is not described`,
      );
    }
  }
  assert.deepEqual(fieldAt('source: file', 'topic')?.kind, { kind: 'text' });
  assert.equal(fieldAt('source: file', 'topic')?.required, true);
  assert.deepEqual(fieldAt('sink: file', 'topics')?.kind, { kind: 'list' });
  assert.deepEqual(fieldAt('sink: file', 'tasks')?.kind, { kind: 'number', minimum: 1, maximum: 256 });
  assert.equal(fieldAt('sink: file', 'tasks')?.standard, '1');
  assert.deepEqual(fieldAt('sink: http', 'errors.tolerance')?.kind, {
    kind: 'choice',
    options: ['none', 'skip', 'dead_letter'],
  });
  assert.equal(fieldAt('sink: file', 'transforms')?.kind.kind, 'json');
});

test('what has to be filled in comes first', () => {
  for (const [variant, schema] of variants) {
    const required = fieldsOf(schema, job).map((field) => field.required);
    assert.deepEqual(
      required,
      [...required].sort((a, b) => Number(b) - Number(a)),
      variant,
    );
  }
});
