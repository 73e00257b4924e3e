import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectorError, unlessAborted, type SourceBatch, type SourceTask } from '../../../src/sdk/index.js';
import type { Pages } from './pages.js';
import type { Page, Reader } from './reader.js';
import type { Settled } from './settled.js';

export interface Partition {
  readonly name: string;
  readonly pages: Pages;
}

export interface PollingTaskOptions {
  readonly reader: Reader;
  readonly partitions: readonly Partition[];
  /** Null: all that is there is read, once. */
  readonly settled: Settled | null;
  /** Ends where the rows end now. */
  readonly once: boolean;
  readonly pollMs: number;
  /** Whether records have the schema of their rows. */
  readonly withSchema: boolean;
  readonly name: string;
}

/** Reads one partition after the other; where rows are added, the only one for ever. */
export class PollingTask implements SourceTask {
  readonly #options: PollingTaskOptions;
  readonly #left: Partition[];
  /** Whether there is something to read up to. */
  #isOpen: boolean;
  #lastBound = false;

  constructor(options: PollingTaskOptions) {
    this.#options = options;
    this.#left = [...options.partitions];
    this.#isOpen = options.settled === null;
  }

  async read(signal: AbortSignal): Promise<SourceBatch | null> {
    for (;;) {
      signal.throwIfAborted();
      const [partition] = this.#left;
      if (partition === undefined) return null;
      if (!this.#isOpen) {
        if (await this.#bound(partition, signal)) continue;
        if (this.#left.length === 0) return null;
        await this.#pause(signal);
        continue;
      }
      const rows = await this.#rows(partition, signal);
      if (rows === null) continue;
      if (rows.length > 0) return await this.#batch(partition.name, rows);
      if (this.#options.settled === null || this.#lastBound) this.#left.shift();
      else {
        this.#isOpen = false;
        await this.#pause(signal);
      }
    }
  }

  close(): Promise<void> {
    this.#options.reader.drop();
    return Promise.resolve();
  }

  /** Whether there is more to read up to. */
  async #bound({ pages }: Partition, signal: AbortSignal): Promise<boolean> {
    const { settled, reader, once } = this.#options;
    const upTo = await this.#asked(settled?.next(reader) ?? Promise.resolve(null), signal);
    if (upTo === undefined) return false;
    if (upTo === null) {
      if (once) this.#left.shift();
      return false;
    }
    pages.extend(upTo);
    // A row that has a value in a new column was added after the column, and is not behind the bound unless it was
    // there before: so nothing of such rows is missed.
    await this.#asked(reader.look(), signal);
    this.#isOpen = true;
    this.#lastBound = once;
    return true;
  }

  /** Null: they are to be asked for again, as what was asked for is there no more: the table was altered. */
  async #rows({ pages }: Partition, signal: AbortSignal): Promise<Page['rows'] | null> {
    try {
      return await this.#asked(pages.next(), signal);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'config') throw error;
      if (!(await this.#asked(this.#options.reader.look(), signal))) throw error;
      return null;
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const { settled, pollMs } = this.#options;
    const wait = settled?.isWaiting === true ? Math.min(pollMs, Math.max(10, settled.waitMs)) : pollMs;
    await sleep(wait, undefined, { signal }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
  }

  /** What is asked goes on when `signal` aborts: its answer is there for the next one who asks. */
  async #asked<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await unlessAborted(answer, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      throw this.#options.reader.error(`cannot read ${this.#options.name}`, error);
    }
  }

  async #batch(partition: string, rows: Page['rows']): Promise<SourceBatch> {
    const { withSchema, reader } = this.#options;
    if (withSchema) {
      const { schema } = await reader.shape();
      for (const row of rows) row.schema = schema;
    }
    return { partition, records: rows };
  }
}
