import { promises } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { CommitLog } from './commit-log.js';
import { LazyJsonFile, readJsonFile } from './json-file.js';
import type { TopicIndexes } from './topic-indexes.js';

const schema = z.object({
  version: z.literal(1),
  /** Everything in the log below this position is on the disk, and so are its index entries. */
  position: z.number().int().nonnegative(),
  /** By the topic's id and the queue: the offset its next message had got at that position. */
  queues: z.record(z.string(), z.record(z.string(), z.number().int().nonnegative())),
});
export type Checkpoint = z.infer<typeof schema>;

const fileName = 'checkpoint.json';

/** null when there is none that can be used: the indexes are then made anew from the log. */
export function readCheckpoint(folder: string): Checkpoint | null {
  let content: unknown;
  try {
    content = readJsonFile(path.join(folder, fileName));
  } catch {
    return null;
  }
  const result = schema.safeParse(content);
  return result.success ? result.data : null;
}

/** Brings log and indexes to the disk, and then notes how far. */
export class Checkpoints {
  readonly #log: CommitLog;
  readonly #indexes: TopicIndexes;
  readonly #file: LazyJsonFile;
  /** Files of the indexes that may not be on the disk yet. */
  readonly #unsynced = new Set<string>();
  #current: Checkpoint = { version: 1, position: 0, queues: {} };
  #running: Promise<void> | undefined;

  constructor(folder: string, log: CommitLog, indexes: TopicIndexes, failed: (error: unknown) => void) {
    this.#log = log;
    this.#indexes = indexes;
    this.#file = new LazyJsonFile(path.join(folder, fileName), () => this.#current, {
      delayMs: 1000,
      failed,
    });
  }

  /** Whether something may not be on the disk yet. */
  get dirty(): boolean {
    return this.#log.dirty || this.#unsynced.size > 0;
  }

  /** Resolves when all that was stored before the call is on the disk. Calls follow one another. */
  async write(): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
    this.#running = this.#write();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  /** Writes for the last time. */
  async close(): Promise<void> {
    try {
      await this.write();
    } finally {
      await this.#file.close();
    }
  }

  async #write(): Promise<void> {
    const queues: Partial<Record<string, Record<string, number>>> = {};
    for (const { topic, queueId, index } of this.#indexes.all()) {
      index.flush();
      for (const file of index.takeUnsynced()) this.#unsynced.add(file);
      (queues[topic.id] ??= {})[queueId] = index.max;
    }
    const position = this.#log.end;
    await this.#log.sync();
    for (const file of [...this.#unsynced]) {
      await syncFile(file);
      this.#unsynced.delete(file);
    }
    this.#current = { version: 1, position, queues: queues as Checkpoint['queues'] };
    this.#file.changed();
    await this.#file.flush();
  }
}

async function syncFile(file: string): Promise<void> {
  try {
    const handle = await promises.open(file, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // The topic was deleted, or retention removed the file, meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
