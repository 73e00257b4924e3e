import { open, stat } from 'node:fs/promises';
import type { JsonValue, SinkRecord } from '../../src/sdk/index.js';
import { ConnectorError, isObject, RecordsRefused } from '../../src/sdk/index.js';
import { isMissing } from './system-error.js';

/** A record's fields. While they gather, rows are JSON lines. */
export type Row = Readonly<Record<string, JsonValue>>;

const chunkBytes = 256 * 1024;
const newline = 10;

/** The records as JSON lines; throws `RecordsRefused` for values that have no fields. */
export function rowsAsLines(records: readonly SinkRecord[]): Buffer {
  return Buffer.from(records.map(({ value }) => `${JSON.stringify(value ?? {})}\n`).join(''));
}

/** Throws `RecordsRefused` where records of the batch are no rows. */
export function checkRows(records: readonly SinkRecord[]): void {
  const refused = records.flatMap(({ value }, index) =>
    value === null || isObject(value) ? [] : [{ index, error: noRow(value) }],
  );
  if (refused.length > 0) throw new RecordsRefused(refused);
}

function noRow(value: SinkRecord['value']): ConnectorError {
  const isText = typeof value === 'string' || Buffer.isBuffer(value);
  return new ConnectorError(
    'bad_data',
    `the value is ${isText ? 'text' : 'no object'}, so it has no fields for a row`,
    {
      hint: isText ? 'rows need format: json' : 'write such records with records: lines',
    },
  );
}

/** The length of the file; null where there is none. */
export async function gatheredBytes(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** What has gathered in the file, some rows at a time. */
export async function* gatheredRows(path: string): AsyncGenerator<Row[], void> {
  const handle = await open(path);
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(rest.length + chunkBytes);
      rest.copy(chunk);
      const { bytesRead } = await handle.read(chunk, rest.length, chunkBytes, null);
      const bytes = chunk.subarray(0, rest.length + bytesRead);
      const end = bytes.lastIndexOf(newline) + 1;
      if (end > 0) yield JSON.parse(`[${bytes.toString('utf8', 0, end - 1).replaceAll('\n', ',')}]`) as Row[];
      rest = bytes.subarray(end);
      if (bytesRead === 0) return;
    }
  } finally {
    await handle.close();
  }
}

/** All fields that the rows have, in the order they first come in. */
export async function gatheredColumns(path: string): Promise<string[]> {
  const columns = new Set<string>();
  for await (const rows of gatheredRows(path)) {
    for (const row of rows) for (const name of Object.keys(row)) columns.add(name);
  }
  return Array.from(columns);
}
