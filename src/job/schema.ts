import type { z } from 'zod';
import type { JsonObject, JsonValue, Plugin, PluginRegistry } from '../sdk/index.js';
import { transformKinds } from '../stages/index.js';
import { mirrorConfigSpec, mirrorSpec } from './mirror-spec.js';
import { namePattern } from './names.js';
import { schemaOf } from './outline.js';
import { rocketmqSpec } from './rocketmq-spec.js';
import { jobSpec, sinkSpec, sourceSpec } from './spec.js';

/**
 * The JSON Schema (draft 2020-12) of a job file, for editors: of the same specs that check it. Every single
 * value may also be a substitution like `${PORT}`.
 */
export async function jobJsonSchema(plugins: PluginRegistry): Promise<JsonObject> {
  const loaded = await Promise.all(Object.values(plugins).map((load) => load()));
  loaded.sort((a, b) => a.name.localeCompare(b.name));
  const parts = new Parts();
  const job = parts.of('job', jobSpec);
  const transforms = parts.define('transforms', {
    type: 'array',
    description: 'What is done to each record, in this order.',
    items: { anyOf: transformKinds.map((kind) => transform(parts, kind)) },
  });
  const variants = loaded.flatMap((plugin) => [
    ...variant(parts, transforms, plugin, 'source'),
    ...variant(parts, transforms, plugin, 'sink'),
  ]);
  const mirror = parts.of('mirror', mirrorSpec);
  variants.push({
    ...mirror,
    title: 'mirror: rocketmq',
    required: ['mirror', 'config'],
    properties: { ...properties(mirror), config: parts.of('mirror-config', mirrorConfigSpec) },
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'rmq-connect job',
    ...job,
    properties: {
      ...properties(job),
      rocketmq: parts.of('rocketmq', rocketmqSpec),
      connectors: {
        type: 'object',
        description: 'The connectors by name.',
        minProperties: 1,
        propertyNames: { pattern: namePattern },
        additionalProperties: { anyOf: variants },
      },
    },
    $defs: parts.definitions,
  };
}

/** What an entry below `connectors:` with this plugin may hold. */
function variant(
  parts: Parts,
  transforms: JsonObject,
  plugin: Plugin,
  kind: 'source' | 'sink',
): readonly JsonObject[] {
  const side = kind === 'source' ? plugin.source : plugin.sink;
  if (side === undefined) return [];
  const entry = parts.of(kind, kind === 'source' ? sourceSpec : sinkSpec);
  const config = parts.of(`${plugin.name}-${kind}`, side.spec);
  const required = list(entry.required).filter((key) => key !== 'config');
  if (list(config.required).length > 0) required.push('config');
  return [
    {
      ...entry,
      title: `${kind}: ${plugin.name}`,
      required,
      ...(kind === 'sink' ? { oneOf: [having('topic'), having('topics')] } : {}),
      properties: {
        ...properties(entry),
        [kind]: { const: plugin.name, description: plugin.summary },
        config,
        transforms,
      },
    },
  ];
}

const having = (key: string): JsonObject => ({ type: 'object', properties: { [key]: {} }, required: [key] });

const transform = (parts: Parts, kind: (typeof transformKinds)[number]): JsonObject => ({
  type: 'object',
  title: kind.name,
  description: kind.summary,
  properties: { [kind.name]: parts.of(`transform-${kind.name}`, kind.spec) },
  required: [kind.name],
  additionalProperties: false,
});

/** Schemas of several specs in one: what each defines for itself gets a name of its own. */
class Parts {
  readonly #definitions: Record<string, JsonValue> = {};

  get definitions(): JsonObject {
    return this.#definitions;
  }

  /** Adds a definition, and gives the reference to it. */
  define(name: string, schema: JsonObject): JsonObject {
    this.#definitions[name] = schema;
    return { $ref: `#/$defs/${name}` };
  }

  of(name: string, spec: z.ZodType): JsonObject {
    const whole = schemaOf(spec) as unknown as JsonObject;
    const own = Object.entries(whole).filter(([key]) => key !== '$schema' && key !== '$defs');
    const schema = adapted(Object.fromEntries(own), name) as JsonObject;
    for (const [inner, definition] of Object.entries((whole.$defs ?? {}) as JsonObject)) {
      this.define(`${name}-${inner}`, adapted(definition, name) as JsonObject);
    }
    if (JSON.stringify(schema).includes(`"#/$defs/${name}"`)) this.define(name, schema);
    return schema;
  }
}

const properties = (schema: JsonObject): JsonObject => (schema.properties ?? {}) as JsonObject;
const list = (value: JsonValue | undefined): JsonValue[] =>
  Array.isArray(value) ? [...(value as readonly JsonValue[])] : [];

const substitution: JsonObject = { type: 'string', pattern: '\\$\\{.+\\}' };
const schemaKeys: ReadonlySet<string> = new Set(['items', 'additionalProperties', 'anyOf', 'oneOf', 'allOf']);

/** The schema with its references led to `Parts`, and a substitution allowed for every narrow value. */
function adapted(schema: JsonValue, name: string): JsonValue {
  if (Array.isArray(schema)) return schema.map((one: JsonValue) => adapted(one, name));
  if (typeof schema !== 'object' || schema === null) return schema;
  const walked: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'secret') continue;
    if (key === '$ref' && typeof value === 'string') walked[key] = reference(value, name);
    else if (key === 'properties') walked[key] = adaptedEach(value as JsonObject, name);
    else walked[key] = schemaKeys.has(key) ? adapted(value, name) : value;
  }
  return isNarrow(walked) ? withSubstitution(walked) : walked;
}

/** `#` is the part itself, and `#/$defs/x` its own definition x. */
function reference(ref: string, name: string): string {
  return ref === '#' ? `#/$defs/${name}` : ref.replace('#/$defs/', `#/$defs/${name}-`);
}

const adaptedEach = (schemas: JsonObject, name: string): JsonObject =>
  Object.fromEntries(Object.entries(schemas).map(([key, one]) => [key, adapted(one, name)]));

function withSubstitution(schema: JsonObject): JsonObject {
  const about = new Set(['description', 'default']);
  const [outside, narrow] = [true, false].map((is) =>
    Object.fromEntries(Object.entries(schema).filter(([key]) => about.has(key) === is)),
  );
  return { ...outside, anyOf: [narrow ?? {}, substitution] };
}

/** Whether a single value is asked for that not every text is. */
function isNarrow(schema: JsonObject): boolean {
  const { type } = schema;
  if (type === 'integer' || type === 'number' || type === 'boolean') return true;
  const bounds = ['enum', 'const', 'pattern', 'format', 'minLength', 'maxLength'];
  return type === 'string' && bounds.some((key) => key in schema);
}
