import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { gatheredBytes } from './gathered-rows.js';
import { syncFolder } from './line-file.js';
import type { FileSinkConfig } from './spec.js';
import { fileError } from './system-error.js';

/** Makes the whole file of what has gathered. */
export interface WholeFile {
  /**
   * Moves what is in `from` to `to`, which has it whole or not at all; can be done again after a crash in the
   * middle. Does nothing where nothing has gathered.
   */
  make(from: string, to: string): Promise<void>;
}

/** Writes `to` from what is in `from`. */
type Convert = (from: string, to: string) => Promise<void>;

export function wholeFile(config: FileSinkConfig): WholeFile {
  const convert = conversion(config);
  return {
    make: async (from, to) => {
      try {
        const bytes = await gatheredBytes(from);
        if (bytes === 0) await rm(from, { force: true });
        if (bytes === null || bytes === 0) return;
        await (convert === null ? rename(from, to) : replace(from, to, convert));
        await syncFolder(dirname(to));
      } catch (error) {
        throw fileError('make', to, error);
      }
    },
  };
}

/** Null: the lines as they are. */
function conversion(config: FileSinkConfig): Convert | null {
  const gzip = config.compression === 'gzip';
  switch (config.records) {
    case 'lines':
      return gzip ? packed : null;
    case 'csv':
      return async (from, to) => (await import('./whole-csv.js')).writeCsv(from, to, config.csv, gzip);
    case 'parquet':
      return async (from, to) => (await import('./whole-parquet.js')).writeParquet(from, to, gzip);
  }
}

async function replace(from: string, to: string, convert: Convert): Promise<void> {
  const unfinished = join(dirname(to), `.${basename(to)}.new`);
  await convert(from, unfinished);
  const handle = await open(unfinished, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, to);
  await rm(from);
}

const packed: Convert = (from, to) => pipeline(createReadStream(from), createGzip(), createWriteStream(to));
