import type { Client } from 'pg';
import type { FieldType, ValueType } from '../../../src/sdk/index.js';
import type { NewColumn } from '../../sql/sink/session.js';
import { quoteName } from '../quote.js';

const typeNames: Readonly<Record<Exclude<FieldType, 'array'>, string>> = {
  bool: 'boolean',
  int16: 'smallint',
  int32: 'integer',
  int64: 'bigint',
  float32: 'real',
  float64: 'double precision',
  decimal: 'numeric',
  string: 'text',
  bytes: 'bytea',
  json: 'jsonb',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  uuid: 'uuid',
};

/** `name type NOT NULL` for each column. */
export async function columnDefinitions(client: Client, columns: readonly NewColumn[]): Promise<string[]> {
  const definitions: string[] = [];
  for (const { name, type, isOptional } of columns) {
    definitions.push(`${quoteName(name)} ${await typeSql(client, type)}${isOptional ? '' : ' NOT NULL'}`);
  }
  return definitions;
}

/** PostgreSQL's own type where the schema names it and this database knows it, else what comes next to it. */
async function typeSql(client: Client, type: ValueType): Promise<string> {
  const native = type.native?.postgres;
  if (native !== undefined && (await isType(client, native))) return native;
  if (type.type === 'array') {
    return type.items === undefined ? 'jsonb' : `${await typeSql(client, type.items)}[]`;
  }
  if (type.type === 'string' && type.length !== undefined) return `varchar(${String(type.length)})`;
  if (type.type === 'decimal' && type.precision !== undefined && type.precision <= 1_000) {
    return `numeric(${String(type.precision)},${String(type.scale ?? 0)})`;
  }
  return typeNames[type.type];
}

/** The text comes from a message and goes into a statement: only what the server reads as one type may. */
async function isType(client: Client, name: string): Promise<boolean> {
  if (!/^[\p{L}\p{N}_ ."(),[\]-]+$/u.test(name) || name.includes('--')) return false;
  try {
    const { rows } = await client.query<{ found: string | null }>('SELECT to_regtype($1)::oid AS found', [
      name,
    ]);
    return (rows[0]?.found ?? null) !== null;
  } catch {
    return false;
  }
}
