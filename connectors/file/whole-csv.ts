import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import { gatheredColumns, gatheredRows } from './gathered-rows.js';
import type { FileSinkConfig } from './spec.js';

/** Rows as CSV: nothing for null and for what is missing, JSON for lists and objects. */
export async function writeCsv(
  from: string,
  to: string,
  { columns: given, delimiter, header }: FileSinkConfig['csv'],
  gzip: boolean,
): Promise<void> {
  const columns = given ?? (await gatheredColumns(from));
  const asText = (rows: readonly (readonly unknown[])[]): string =>
    stringify(rows as unknown[][], { delimiter, cast: { boolean: String } });
  async function* lines(): AsyncGenerator<string, void> {
    if (header) yield asText([columns]);
    for await (const rows of gatheredRows(from)) {
      yield asText(rows.map((row) => columns.map((name) => (Object.hasOwn(row, name) ? row[name] : null))));
    }
  }
  await (gzip
    ? pipeline(lines, createGzip(), createWriteStream(to))
    : pipeline(lines, createWriteStream(to)));
}
