import { z } from 'zod';
import {
  parseTemplate,
  type Content,
  type FieldType,
  type JsonValue,
  type Template,
} from '../../sdk/index.js';
import { objectOf, parseField, withPath } from '../field.js';
import { fieldName, following, withField } from '../fields-schema.js';
import { always } from '../always.js';
import type { Transform, TransformKind } from '../stage.js';

const template = z.string().transform((source, context): Template => {
  const parsed = parseTemplate(source);
  if (parsed !== null) return parsed;
  context.addIssue({
    code: 'custom',
    message: 'has a brace that is not part of a {field}',
    params: { hint: 'write {field.name}, and {{ or }} for a brace itself' },
  });
  return z.NEVER;
});
const constant = z.union([template, z.number(), z.boolean(), z.null()]);
const text = z.union([template, z.number().transform(String), z.boolean().transform(String)]);

const settings = z
  .strictObject({
    fields: z
      .record(z.string(), constant)
      .optional()
      .describe('Fields to set in an object value, by dot path. Text may hold {field}.'),
    headers: z.record(z.string().min(1), text).optional().describe('Headers to set. Text may hold {field}.'),
    key: text.optional().describe('The key to set. Text may hold {field}.'),
    tag: text.optional().describe('The tag to set. Text may hold {field}.'),
  })
  .superRefine((given, context) => {
    if (typeof given !== 'object') return;
    if (Object.values(given).every((part) => part === undefined)) {
      context.addIssue({
        code: 'custom',
        message: 'has nothing to insert',
        params: { hint: 'give at least one of fields, headers, key, tag' },
      });
    }
    for (const name of Object.keys(given.fields ?? {})) {
      if (parseField(name)?.kind === 'value') continue;
      context.addIssue({
        code: 'custom',
        path: ['fields', name],
        message: 'is not a field of the value',
        params: { hint: `headers, key and tag stand beside fields; a field of that name is value.${name}` },
      });
    }
  }, always);

type Settings = z.output<typeof settings>;
type Constant = z.output<typeof constant>;

const evaluate = (part: Constant, content: Content): JsonValue =>
  typeof part === 'object' && part !== null ? part.value(content) : part;
const evaluateText = (part: string | Template, content: Content): string =>
  typeof part === 'string' ? part : part.text(content);

/** What is inserted may be anything in the next record: but for constants it is text, or any JSON. */
function typeOf(part: Constant): FieldType {
  if (typeof part === 'number') return 'float64';
  if (typeof part === 'boolean') return 'bool';
  return typeof part === 'object' && part?.isOnePlace === true ? 'json' : 'string';
}

function create(given: Settings): Transform {
  const fields = Object.entries(given.fields ?? {}).flatMap(([name, part]) => {
    const field = parseField(name);
    return field?.kind === 'value' ? [{ path: field.path, name, part }] : [];
  });
  const headers = Object.entries(given.headers ?? {});
  const { key, tag } = given;
  const withSchema = following((schema) =>
    fields.reduce((rest, { path, part }) => {
      const name = fieldName(schema, path);
      return name === null ? rest : withField(rest, { name, type: typeOf(part), optional: true });
    }, schema),
  );
  const insertFields = (content: Content): Content => {
    const [first] = fields;
    if (first === undefined || content.value === null) return content;
    let value = objectOf(content.value, first.name);
    for (const { path, part } of fields) value = withPath(value, path, evaluate(part, content));
    return withSchema({ ...content, value });
  };
  return {
    name: 'insert',
    /** Everything inserted is made of the record as it came. */
    apply(content) {
      const changed: { -readonly [K in keyof Content]: Content[K] } = { ...insertFields(content) };
      if (headers.length > 0) {
        const made = headers.map(([name, part]) => [name, evaluateText(part, content)]);
        changed.headers = { ...content.headers, ...(Object.fromEntries(made) as Record<string, string>) };
      }
      if (key !== undefined) changed.key = evaluateText(key, content);
      if (tag !== undefined) changed.tag = evaluateText(tag, content);
      return changed;
    },
  };
}

export const insert: TransformKind = {
  name: 'insert',
  summary: 'Sets fields of an object value, headers, the key or the tag, to constants or out of the record.',
  spec: settings.transform(create),
};
