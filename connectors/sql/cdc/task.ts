import {
  unlessAborted,
  type Position,
  type SourceBatch,
  type SourceRecord,
  type SourceTask,
  type SourceTaskContext,
} from '../../../src/sdk/index.js';

/** The changes behind a position, as records. */
export interface Log {
  /** Waits for some. null: the end that was asked for is reached. */
  read(signal: AbortSignal): Promise<SourceRecord[] | null>;
  /** All up to and with this position are stored. */
  stored?(position: Position): void;
  /** Idempotent. */
  close(): void;
}

export interface CaptureBeginning {
  /** Null: there is none, or it is done. */
  readonly snapshot: AsyncGenerator<SourceRecord[], void, undefined> | null;
  /** Where the log begins. */
  readonly from: Position;
  readonly openLog: () => Promise<Log>;
}

export interface CaptureOptions {
  readonly partition: string;
  readonly context: Pick<SourceTaskContext, 'anew'>;
  /** A database may have it wait for transactions that are under way, for as long as these like. */
  readonly begin: () => Promise<CaptureBeginning>;
  /** Ends the connections at once, and whatever waits for them. */
  drop(): void;
}

/** One log, one partition, one task: first the snapshot, then the changes in the order of their commits. */
export class CaptureTask implements SourceTask {
  readonly #options: CaptureOptions;
  #begun: Promise<CaptureBeginning> | null = null;
  #snapshot: CaptureBeginning['snapshot'] | undefined;
  #log: Log | null = null;
  /** Whether the snapshot gave a record: its last one carries where the log begins. */
  #hasRead = false;
  #closed = false;

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  async read(signal: AbortSignal): Promise<SourceBatch | null> {
    const { partition, context } = this.#options;
    this.#begun ??= this.#options.begin();
    const { snapshot, from, openLog } = await unlessAborted(this.#begun, signal);
    if (this.#snapshot === undefined) this.#snapshot = snapshot;
    while (this.#snapshot !== null) {
      const { value } = await unlessAborted(this.#snapshot.next(), signal);
      if (value !== undefined) {
        this.#hasRead = true;
        return { partition, records: value };
      }
      this.#snapshot = null;
      if (!this.#hasRead) await context.anew(partition, from);
    }
    this.#log ??= await openLog();
    const records = await this.#log.read(signal);
    return records === null ? null : { partition, records };
  }

  committed(_partition: string, position: Position): Promise<void> {
    this.#log?.stored?.(position);
    return Promise.resolve();
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#log?.close();
      this.#options.drop();
    }
    return Promise.resolve();
  }
}
