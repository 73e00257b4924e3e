import type { z } from 'zod';
import { readFileIfThere, writeFileAtomic } from './atomic-file.js';

/** A stored file that cannot be understood. It is named, and never replaced or ignored silently. */
export class CorruptFileError extends Error {
  override readonly name = 'CorruptFileError';
  readonly path: string;
  /** It is whole, and has the form that another version of rmq-connect gave it. */
  readonly isOfOtherVersion: boolean;

  constructor(path: string, reason: string, options: { cause?: unknown; isOfOtherVersion?: boolean } = {}) {
    const { isOfOtherVersion = false, ...rest } = options;
    super(
      `${path} cannot be read (${reason}); restore it from a backup, or move it away to start afresh`,
      rest,
    );
    this.path = path;
    this.isOfOtherVersion = isOfOtherVersion;
  }
}

/** One JSON file whose shape is checked when it is read. */
export class JsonFile<T> {
  readonly path: string;
  readonly #schema: z.ZodType<T>;

  constructor(path: string, schema: z.ZodType<T>) {
    this.path = path;
    this.#schema = schema;
  }

  /** Null where there is no file. Throws `CorruptFileError` for one that is not what we wrote. */
  async read(): Promise<T | null> {
    const text = await readFileIfThere(this.path);
    if (text === null) return null;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      throw new CorruptFileError(this.path, 'it is not JSON', { cause });
    }
    const parsed = this.#schema.safeParse(json);
    if (!parsed.success) {
      const newer = newerVersion(json);
      if (newer !== null) throw new CorruptFileError(this.path, newer, { isOfOtherVersion: true });
      const issue = parsed.error.issues[0];
      const place = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
      const reason = `${place}${issue?.message ?? 'wrong shape'}`;
      throw new CorruptFileError(this.path, reason, { isOfOtherVersion: versionOf(json) === 1 });
    }
    return parsed.data;
  }

  async write(value: T, options: { durable: boolean }): Promise<void> {
    await writeFileAtomic(this.path, `${JSON.stringify(value, null, 2)}\n`, options);
  }
}

/** All our files begin at version 1; a higher one is of a later rmq-connect. */
function newerVersion(json: unknown): string | null {
  const version = versionOf(json);
  if (version === null || version <= 1) return null;
  return `it was written by a newer rmq-connect, in version ${String(version)} of the format`;
}

function versionOf(json: unknown): number | null {
  const version = typeof json === 'object' && json !== null && 'version' in json ? json.version : null;
  return typeof version === 'number' ? version : null;
}
