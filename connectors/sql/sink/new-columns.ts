import type { FieldType, JsonValue, Schema, SchemaField } from '../../../src/sdk/index.js';
import type { NewColumn } from './session.js';
import type { Item } from './batch.js';

/**
 * The columns a table needs for these rows, but for those it `has`: of their schemas, and where these say
 * nothing of the first value that is not null. A column of which only nulls were seen is text in a table that
 * is made, and waits for its first value in one that is there.
 */
export function columnsFor(
  items: readonly Item[],
  key: readonly string[],
  has: (name: string) => boolean | null,
): readonly NewColumn[] {
  const columns = new Map<string, NewColumn>();
  const isNew = has('') === null;
  const add = (name: string, field: Omit<SchemaField, 'name'>): void => {
    if (columns.has(name) || has(name) === true) return;
    const isOptional = !isNew || (!key.includes(name) && field.optional !== false);
    columns.set(name, { name, type: field, isOptional });
  };
  const seen = new Set<Schema>();
  for (const { schema, row } of items) {
    if (schema !== undefined && !seen.has(schema)) {
      seen.add(schema);
      for (const field of schema.fields) if (isNew || field.name in row) add(field.name, withOptional(field));
    }
    for (const name in row) {
      const type = typeOf(row[name] ?? null);
      if (type !== null) add(name, { type });
    }
  }
  if (isNew) for (const { row } of items) for (const name in row) add(name, { type: 'string' });
  return [...columns.values()];
}

const withOptional = (field: SchemaField): SchemaField => ({ ...field, optional: field.optional ?? false });

function typeOf(value: JsonValue): FieldType | null {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isSafeInteger(value) ? 'int64' : 'float64';
    case 'string':
      return 'string';
    default:
      return value === null ? null : 'json';
  }
}
