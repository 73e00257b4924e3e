import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { plugins } from '../../connectors/index.js';
import { pluginFields } from '../../src/cli/plugin-fields.js';

test('a spec is told field by field', () => {
  const spec = z.strictObject({
    path: z.union([z.string(), z.array(z.string())]).describe('Where.'),
    mode: z.enum(['a', 'b']).default('a').describe('How.'),
    size: z.int().min(1).max(10).optional().describe('How much.'),
    any: z.int().default(0).describe('Any.'),
    names: z.record(z.string(), z.string()).optional().describe('Names.'),
    batch: z.strictObject({ bytes: z.int().min(0).describe('Bytes.') }).describe('Batches.'),
  });
  assert.deepEqual(
    pluginFields(spec).map(({ field, type, required, default: value }) => [field, type, required, value]),
    [
      ['path', 'string | list of string', true, null],
      ['mode', '"a" | "b"', false, 'a'],
      ['size', 'integer 1 to 10', false, null],
      ['any', 'integer', false, 0],
      ['names', 'mapping to string', false, null],
      ['batch', 'mapping', true, null],
      ['batch.bytes', 'integer ≥ 0', true, null],
    ],
  );
});

test('every field of every plugin has a description', async () => {
  for (const load of Object.values(plugins)) {
    const { name, source, sink } = await load();
    for (const side of [source, sink]) {
      if (side === undefined) continue;
      for (const { field, description } of pluginFields(side.spec)) {
        assert.notEqual(description, '', `${name} ${side.kind} ${field}`);
      }
    }
  }
});
