import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { it } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import type { JsonObject, Plugin } from '../index.js';

/** The connectors of the plugin's example that use it as this kind. */
export async function exampleConfigs(
  plugin: Plugin,
  kind: 'source' | 'sink',
  root: string,
): Promise<{ readonly configs: readonly JsonObject[]; readonly baseDir: string }> {
  const file = resolve(root, plugin.example);
  const job = z
    .object({
      connectors: z.record(z.string(), z.looseObject({ config: z.record(z.string(), z.json()).optional() })),
    })
    .parse(parse(await readFile(file, 'utf8')));
  const configs = Object.values(job.connectors)
    .filter((connector) => connector[kind] === plugin.name)
    .map((connector) => connector.config ?? {});
  return { configs, baseDir: dirname(file) };
}

/** The spec documents itself, and refuses what it does not know. */
export function specTests(plugin: Plugin, kind: 'source' | 'sink', root: string): void {
  const spec = plugin[kind]?.spec;
  assert.ok(spec !== undefined);
  it('documents every field', () => {
    const schema = z.toJSONSchema(spec, { io: 'input', unrepresentable: 'any' });
    assert.equal(schema.type, 'object', 'the spec is an object');
    assert.deepEqual(undocumented(schema, []), []);
  });
  it('is used by its example', async () => {
    const { configs } = await exampleConfigs(plugin, kind, root);
    assert.ok(configs.length > 0, `${plugin.example} has no ${kind} ${plugin.name}`);
    for (const config of configs) spec.parse(config);
  });
  it('names a required field that is missing', async () => {
    const required = z.toJSONSchema(spec, { io: 'input', unrepresentable: 'any' }).required ?? [];
    const { configs } = await exampleConfigs(plugin, kind, root);
    for (const field of required) {
      const without = Object.fromEntries(Object.entries(configs[0] ?? {}).filter(([name]) => name !== field));
      assert.ok(namesField(spec.safeParse(without), field), `a missing ${field} is not named`);
    }
  });
  it('refuses a field it does not know, and names it', async () => {
    const { configs } = await exampleConfigs(plugin, kind, root);
    const { error } = spec.safeParse({ ...configs[0], no_such_field: true });
    const issue = error?.issues.find(({ code }) => code === 'unrecognized_keys');
    assert.ok(issue?.code === 'unrecognized_keys' && issue.keys.includes('no_such_field'));
  });
}

function namesField(parsed: z.ZodSafeParseResult<unknown>, field: string): boolean {
  return parsed.error?.issues.some(({ path }) => path[0] === field) ?? false;
}

type Schema = z.core.JSONSchema.BaseSchema;

/** Paths of fields that say nothing about themselves. */
function undocumented(schema: Schema, path: readonly string[]): string[] {
  const missing: string[] = [];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (typeof field === 'boolean') continue;
    const its = [...path, name];
    if (field.description === undefined || field.description.trim() === '') missing.push(its.join('.'));
    missing.push(...undocumented(field, its));
  }
  const inside = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const items = schema.items === undefined || Array.isArray(schema.items) ? [] : [schema.items];
  for (const part of [...inside, ...items]) {
    if (typeof part !== 'boolean') missing.push(...undocumented(part, path));
  }
  return missing;
}
