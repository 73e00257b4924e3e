import { z } from 'zod';
import type { JsonValue } from '../sdk/index.js';

/** One setting of a plugin, as its spec describes it. */
export interface PluginField {
  /** `path`, or `batch.bytes` for one inside another. */
  readonly field: string;
  /** For people: `string`, `list of string`, `"a" | "b"`, `integer ≥ 1`. */
  readonly type: string;
  readonly required: boolean;
  /** null: there is none. */
  readonly default: JsonValue;
  readonly description: string;
}

/** The part of JSON Schema that zod makes of specs. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: JsonValue;
  readonly enum?: readonly JsonValue[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly default?: JsonValue;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** The fields a spec accepts, those inside mappings after their mapping. */
export function pluginFields(spec: z.ZodType): readonly PluginField[] {
  const schema = z.toJSONSchema(spec, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Schema;
  return fieldsOf(schema, '');
}

function fieldsOf(schema: Schema, prefix: string): readonly PluginField[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => [
    {
      field: prefix + name,
      type: typeText(property),
      required: required.has(name),
      default: property.default ?? null,
      description: property.description ?? '',
    },
    ...fieldsOf(property, `${prefix}${name}.`),
  ]);
}

function typeText(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeText))].join(' | ');
  switch (schema.type) {
    case 'array':
      return `list of ${schema.items === undefined ? 'any value' : typeText(schema.items)}`;
    case 'object':
      return typeof schema.additionalProperties === 'object'
        ? `mapping to ${typeText(schema.additionalProperties)}`
        : 'mapping';
    case 'integer':
    case 'number':
      return `${schema.type}${boundsText(schema)}`;
    default:
      return schema.type ?? 'any value';
  }
}

/** zod bounds every integer by what a double holds exactly; that is not worth telling. */
function boundsText(schema: Schema): string {
  const { minimum, maximum, exclusiveMinimum } = schema;
  const low = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (low !== undefined && high !== undefined) return ` ${String(low)} to ${String(high)}`;
  if (low !== undefined) return ` ≥ ${String(low)}`;
  if (high !== undefined) return ` ≤ ${String(high)}`;
  return exclusiveMinimum !== undefined && exclusiveMinimum > Number.MIN_SAFE_INTEGER
    ? ` > ${String(exclusiveMinimum)}`
    : '';
}
