import { z } from 'zod';
import { ConnectorError, type Position } from '../../src/sdk/index.js';

const identity = z.strictObject({
  /** Device and inode, `2049:131`. */
  inode: z.string(),
  /** Hash of the first `head_bytes` bytes, which are the file's first 256 or all it had. */
  head: z.string(),
  head_bytes: z.int().min(0),
});

/** What a file is recognized by when its name or its content changes. */
export type FileIdentity = z.infer<typeof identity>;

export const filePosition = z.strictObject({
  /** Bytes from the file's start to behind the record and its newline; of a gzip file, decompressed ones. */
  offset: z.int().min(0),
  /** The number of the record's line, counted from 1. */
  line: z.int().min(0),
  file: identity.extend({
    /** Files that had this name before and were read to their end; the newest first. */
    earlier: z.array(identity).readonly().exactOptional(),
  }),
  /** Hash of the last `bytes` bytes before `offset`: the record's last 64, or all it has. A file with others there is another one. */
  end: z.strictObject({ hash: z.string(), bytes: z.int().min(0) }).exactOptional(),
  /** The line was sent without its newline: it was not there yet, or the line was split. */
  unended: z.literal(true).exactOptional(),
  /** The record is the last of a gzip file of this size. */
  packed_bytes: z.int().exactOptional(),
});

export type FilePosition = z.infer<typeof filePosition>;

/** Throws `ConnectorError` for what is no position of ours. */
export function readPosition(partition: string, position: Position | undefined): FilePosition | undefined {
  if (position === undefined) return undefined;
  const parsed = filePosition.safeParse(position);
  if (parsed.success) return parsed.data;
  throw new ConnectorError('bad_data', `the stored position of ${partition} is none of a file`, {
    cause: parsed.error,
    hint: 'rmq-connect offsets reset NAME --yes has it start anew; or give the connector another name',
  });
}
