import type { Client } from 'pg';
import type { Column, Table } from '../../sql/sink/session.js';
import { quoteName, quoteTable } from '../quote.js';
import { encodeText, takenBy, type TargetType } from './encode.js';

/** A column with what a statement has to call its type. */
export interface PostgresColumn extends Column {
  /** Quoted, and without a length: a value that is too long is refused, and never cut. */
  readonly typeSql: string;
}

export interface PostgresTable extends Table {
  /** Whether this session may make a temporary table. */
  readonly mayStage: boolean;
}

type Row = Record<string, string | null>;

/** Null where there is none. */
export async function readTable(client: Client, name: string): Promise<PostgresTable | null> {
  const { rows } = await client.query<Row>(
    `SELECT a.attname AS name, a.attgenerated <> '' AS generated, n.nspname AS schema, t.typname AS type, b.typname AS base,
            CASE WHEN t.typcategory = 'A' AND t.typlen = -1 THEN e.typname END AS element, t.typdelim AS delimiter,
            array_position(i.indkey::int2[], a.attnum) AS place,
            has_database_privilege(current_database(), 'TEMPORARY') AS stage
     FROM pg_catalog.pg_attribute a
     JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
     JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem
     LEFT JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
     WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [quoteTable(name)],
  );
  if (rows.length === 0) return null;
  const columns = new Map(rows.map((row) => [row.name ?? '', columnOf(row)]));
  const key = rows
    .filter(({ place }) => place !== null)
    .sort((a, b) => Number(a.place) - Number(b.place))
    .map((row) => row.name ?? '');
  return { name, columns, key, mayStage: rows[0]?.stage === 't' };
}

function columnOf(row: Row): PostgresColumn {
  const { name, generated, schema, type, base, element, delimiter } = row;
  const plain = (named: string): TargetType => ({ name: named, element: null, delimiter: ',' });
  const target: TargetType = {
    name: base ?? '',
    element: element === null || element === undefined ? null : plain(element),
    delimiter: delimiter ?? ',',
  };
  return {
    name: name ?? '',
    isGenerated: generated === 't',
    typeSql: `${quoteName(schema ?? '')}.${quoteName(type ?? '')}`,
    takes: takenBy(target),
    encode: (value, its) => encodeText(value, target, its),
  };
}
