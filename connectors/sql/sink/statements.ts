import { ConnectorError, type JsonObject, type Schema, type ValueType } from '../../../src/sdk/index.js';
import type { Item, Step } from './batch.js';
import { bad } from './change.js';
import type { Sent } from './sent.js';
import type { Column, Statement, Table } from './session.js';

/** A statement, and which record of the batch each of its rows comes from. */
export interface Planned extends Statement {
  readonly indexes: readonly number[];
}

/** More rows would make one statement too large for some servers. */
const mostRows = 2_000;

/** `refuse` is told of rows that the table cannot have. */
export function plan(
  step: Step,
  table: Table,
  mode: 'insert' | 'upsert' | 'update',
  key: readonly string[],
  refuse: (index: number, error: ConnectorError) => void,
): readonly Planned[] {
  if (step.kind === 'truncate') {
    const indexes = step.items.map(({ index }) => index);
    return [{ kind: 'truncate', table, columns: [], key, rows: [], indexes }];
  }
  const kind = step.kind === 'put' ? (mode === 'update' ? 'update' : 'upsert') : step.kind;
  const groups: Group[] = [];
  /** Rows that are inserted keep their order; the others are told apart by their keys. */
  const open = new Map<string, Group>();
  let last: Group | null = null;
  for (const item of step.items) {
    const names = Object.keys(item.row);
    try {
      let group: Group | undefined =
        last !== null && areSame(names, last.names) ? last : open.get(names.join('\u0000'));
      if (group === undefined || group.indexes.length >= mostRows) {
        group = { names, columns: columnsOf(item.row, table), rows: [], indexes: [] };
        if (kind === 'insert') open.clear();
        open.set(names.join('\u0000'), group);
        groups.push(group);
      }
      last = group;
      group.rows.push(encoded(item, group.columns));
      group.indexes.push(item.index);
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      refuse(item.index, error);
    }
  }
  return groups
    .filter(({ rows }) => rows.length > 0)
    .map(({ columns, rows, indexes }) => ({ kind, table, columns, key, rows, indexes }));
}

interface Group {
  /** Of the fields of its rows. */
  readonly names: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: (readonly Sent[])[];
  readonly indexes: number[];
}

/** Neighbours nearly always have the same. */
const areSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, at) => name === b[at]);

function columnsOf(row: JsonObject, table: Table): readonly Column[] {
  const columns: Column[] = [];
  for (const name of Object.keys(row)) {
    const column = table.columns.get(name);
    if (column === undefined) {
      throw bad(
        `table ${table.name} has no column ${name}`,
        'add_columns: true makes such columns, a transform drop takes the field away',
      );
    }
    if (!column.isGenerated) columns.push(column);
  }
  if (columns.length === 0) throw bad(`the record has no value for any column of table ${table.name}`);
  return columns;
}

function encoded({ row, schema }: Item, columns: readonly Column[]): readonly Sent[] {
  const types = typesOf(schema);
  return columns.map((column) => {
    const value = row[column.name] ?? null;
    if (value === null) return null;
    try {
      return column.encode(value, types.get(column.name));
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      throw bad(`column ${column.name}: ${error.message}`, error.hint);
    }
  });
}

/** What a schema says of each field. */
const none: ReadonlyMap<string, ValueType> = new Map();
const known = new WeakMap<Schema, ReadonlyMap<string, ValueType>>();

export function typesOf(schema: Schema | undefined): ReadonlyMap<string, ValueType> {
  if (schema === undefined) return none;
  let types = known.get(schema);
  if (types === undefined) {
    types = new Map(schema.fields.map((field) => [field.name, field]));
    known.set(schema, types);
  }
  return types;
}
