import type { Content, Schema, SchemaField } from '../sdk/index.js';

/**
 * The record with its schema changed, where it has one. The same schema always becomes the same object, so
 * that it is carried cheaply.
 */
export function following(change: (schema: Schema) => Schema): (content: Content) => Content {
  const known = new WeakMap<Schema, Schema>();
  return (content) => {
    const { schema } = content;
    if (schema === undefined) return content;
    const changed = known.get(schema) ?? change(schema);
    known.set(schema, changed);
    return { ...content, schema: changed };
  };
}

/**
 * The field of a schema that a path in the value leads to: a field of the row, also where the row lies in
 * `before` and `after` of a change. Null: something within a field, of which a schema says nothing.
 */
export function fieldName(schema: Schema, path: readonly string[]): string | null {
  const [first, second] = path;
  const isChange = first === 'after' && !schema.fields.some(({ name }) => name === first);
  if (isChange) return path.length === 2 ? (second ?? null) : null;
  return path.length === 1 ? (first ?? null) : null;
}

export function withoutField(schema: Schema, name: string): Schema {
  return {
    ...schema,
    key: schema.key.filter((its) => its !== name),
    fields: schema.fields.filter((its) => its.name !== name),
  };
}

/** In place of the field of that name, or behind the others. */
export function withField(schema: Schema, field: SchemaField): Schema {
  const index = schema.fields.findIndex(({ name }) => name === field.name);
  return { ...schema, fields: index < 0 ? [...schema.fields, field] : schema.fields.with(index, field) };
}

/** All at once: names may be exchanged. */
export function renamedFields(schema: Schema, names: ReadonlyMap<string, string>): Schema {
  const renamed = (name: string): string => names.get(name) ?? name;
  const moved = schema.fields.filter(({ name }) => names.has(name));
  const targets = new Set(moved.map(({ name }) => renamed(name)));
  return {
    ...schema,
    key: schema.key.map(renamed),
    fields: schema.fields
      .filter(({ name }) => names.has(name) || !targets.has(name))
      .map((field) => ({ ...field, name: renamed(field.name) })),
  };
}
