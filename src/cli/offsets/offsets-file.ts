import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { jsonValue } from '../../store/index.js';
import { diskText } from '../disk-text.js';
import { CommandError } from '../exit-code.js';

const place = z.int().nonnegative();

const source = z.strictObject({
  connector: z.string(),
  kind: z.literal('source'),
  /** By partition; null: not read yet. */
  positions: z.record(z.string(), jsonValue),
});

const sink = z.strictObject({
  connector: z.string(),
  kind: z.literal('sink'),
  group: z.string(),
  queues: z.array(
    z.strictObject({
      topic: z.string(),
      broker: z.string(),
      queue: place,
      /** null: the group has none there. */
      offset: place.nullable(),
    }),
  ),
});

const offsetsFile = z.strictObject({
  format: z.literal('rmq-connect offsets'),
  version: z.literal(1),
  written_at: z.string(),
  connectors: z.array(z.discriminatedUnion('kind', [source, sink])),
});

/** Offsets in a file that people can read and `offsets import` takes: exports and backups. */
export type OffsetsFile = z.infer<typeof offsetsFile>;
export type SourceEntry = z.infer<typeof source>;
export type SinkEntry = z.infer<typeof sink>;

export function offsetsFileOf(connectors: OffsetsFile['connectors'], now: Date): OffsetsFile {
  return { format: 'rmq-connect offsets', version: 1, written_at: now.toISOString(), connectors };
}

/** As it is, or as `export --json` printed it. Throws `CommandError` naming the file. */
export async function readOffsetsFile(path: string): Promise<OffsetsFile> {
  const content = await readJson(path);
  const answer = z.object({ ok: z.literal(true), result: z.unknown() }).safeParse(content);
  const parsed = offsetsFile.safeParse(answer.success ? answer.data.result : content);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')})`;
  throw unfit(path, `it is no export of offsets: ${issue?.message ?? 'wrong shape'}${where}`);
}

/** JSON of any shape. `hint`: where such a file comes from. Throws `CommandError` naming the file. */
export async function readJson(path: string, hint = exported): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw unfit(path, diskText(cause), { cause, hint });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw unfit(path, 'it is not JSON', { cause, hint });
  }
}

const exported = 'offsets export writes such a file';

export function unfit(
  path: string,
  why: string,
  { cause, hint = exported }: { readonly cause?: unknown; readonly hint?: string } = {},
): CommandError {
  return new CommandError('usage', 'import_file', `${path} cannot be imported: ${why}`, { hint, cause });
}
