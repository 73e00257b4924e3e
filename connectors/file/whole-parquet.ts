import { gzipSync } from 'node:zlib';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { JsonValue } from '../../src/sdk/index.js';
import { gatheredRows, type Row } from './gathered-rows.js';

const rowsInGroup = 20_000;

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

/** What all values of a column are, nulls aside. `json`: of several kinds, lists or objects. */
type Kind = 'boolean' | 'integer' | 'number' | 'text' | 'json';

/** Rows as Parquet, in row groups of 20,000; packed with Snappy, or with gzip. */
export async function writeParquet(from: string, to: string, gzip: boolean): Promise<void> {
  const kinds = await kindsOf(from);
  const writer = new ParquetWriter({
    writer: fileWriter(to),
    schema: schemaOf(kinds),
    codec: gzip ? 'GZIP' : 'SNAPPY',
    compressors: { GZIP: (bytes) => gzipSync(bytes) },
    createdBy: 'rmq-connect',
  });
  let group: Row[] = [];
  const write = async (): Promise<void> => {
    await writer.write({
      columnData: Array.from(kinds, ([name, kind]) => ({
        name,
        data: group.map((row) => cell(Object.hasOwn(row, name) ? row[name] : null, kind)),
      })),
      rowGroupSize: rowsInGroup,
    });
    group = [];
  };
  for await (const rows of gatheredRows(from)) {
    group.push(...rows);
    if (group.length >= rowsInGroup) await write();
  }
  if (group.length > 0) await write();
  await writer.finish();
}

async function kindsOf(path: string): Promise<Map<string, Kind>> {
  const kinds = new Map<string, Kind | null>();
  for await (const rows of gatheredRows(path)) {
    for (const row of rows) {
      for (const [name, value] of Object.entries(row)) {
        kinds.set(name, both(kinds.get(name) ?? null, value === null ? null : kindOf(value)));
      }
    }
  }
  return new Map(Array.from(kinds, ([name, kind]) => [name, kind ?? 'text']));
}

function kindOf(value: Exclude<JsonValue, null>): Kind {
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'number':
      return Number.isSafeInteger(value) ? 'integer' : 'number';
    case 'string':
      return 'text';
    default:
      return 'json';
  }
}

function both(one: Kind | null, other: Kind | null): Kind | null {
  if (one === null || one === other) return other;
  if (other === null) return one;
  const kinds = [one, other];
  return kinds.includes('integer') && kinds.includes('number') ? 'number' : 'json';
}

const elements: Readonly<Record<Kind, Pick<SchemaElement, 'type' | 'converted_type'>>> = {
  boolean: { type: 'BOOLEAN' },
  integer: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  json: { type: 'BYTE_ARRAY', converted_type: 'JSON' },
};

function schemaOf(kinds: ReadonlyMap<string, Kind>): SchemaElement[] {
  return [
    { name: 'root', num_children: kinds.size },
    ...Array.from(kinds, ([name, kind]) => ({
      name,
      repetition_type: 'OPTIONAL' as const,
      ...elements[kind],
    })),
  ];
}

function cell(value: JsonValue | undefined, kind: Kind): unknown {
  if (value === undefined || value === null) return null;
  return kind === 'integer' ? BigInt(value as number) : value;
}
