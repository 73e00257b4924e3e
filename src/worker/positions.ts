import type { Queue } from '../rocketmq/cluster.js';
import { ConnectorError, errorText, type Position } from '../sdk/index.js';
import {
  CorruptFileError,
  type ConnectorStore,
  type StoredPartition,
  type StoredPositions,
} from '../store/index.js';
import { queueName } from '../rocketmq/queue-name.js';
import { Trails } from './trails.js';

/** Told after a position is on disk. */
export type Committed = (partition: string, position: Position) => Promise<void>;

type Marks = Pick<StoredPositions, 'clean' | 'writers' | 'tails'>;

/** How long moved positions may wait before they are written, in ms. */
const writeDelayMs = 200;
/** The same where a source waits for that: what it may acknowledge only then is held by the other side. */
const awaitedWriteDelayMs = 10;

/**
 * Where each partition of a source stands, and which queue it goes to: in memory, and soon after on disk.
 * Shared by the connector's tasks, each of which moves only its own partitions.
 */
export class Positions {
  readonly #store: ConnectorStore;
  readonly #partitions: Map<string, StoredPartition>;
  readonly #unconfirmed = new Map<string, Committed>();
  /** What the last worker left behind. */
  readonly left: Marks;
  /** Of partitions without a generation of their own; see `StoredPositions`. */
  readonly generation: number;
  readonly trails = new Trails();
  /** What is written beside the positions: what was left behind, until that is settled. */
  #marks: () => Marks;
  #begun = false;
  #dirty = false;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | null = null;

  private constructor(store: ConnectorStore, stored: StoredPositions | null) {
    this.#store = store;
    this.#partitions = new Map(Object.entries(stored?.partitions ?? {}));
    this.left = stored ?? { clean: true, writers: [], tails: [] };
    this.generation = stored?.generation ?? 0;
    const { clean, writers, tails } = this.left;
    this.#marks = () => ({ clean, writers, tails });
  }

  /** Throws `CorruptFileError`. */
  static async load(store: ConnectorStore): Promise<Positions> {
    const stored = await store.positions.read();
    if (stored !== null && stored.connector !== store.connector) {
      throw new CorruptFileError(store.positions.path, `it belongs to connector ${stored.connector}`);
    }
    return new Positions(store, stored);
  }

  /** From now on these clients may send what the positions do not know of. On disk when it resolves. */
  async begin(writers: readonly string[]): Promise<void> {
    this.#begun = true;
    this.#marks = () => ({ clean: false, writers: [...writers], tails: this.trails.tails() });
    this.#dirty = true;
    await this.flush();
  }

  /** The partition stands here, whatever was said before. On disk with the next `begin` or `flush`. */
  rewind(partition: string, position: Position | null): void {
    this.#set(partition, position, this.queueOf(partition));
  }

  /**
   * The partition goes on behind `position`, and what the queues hold of it has no bearing on what is read from
   * now on. On disk when it resolves.
   */
  async anew(partition: string, position: Position): Promise<void> {
    this.#set(partition, position, this.queueOf(partition), this.generationOf(partition) + 1);
    await this.flush();
  }

  /** Stands here, and goes there. On disk with the next `begin` or `flush`. */
  place(partition: string, position: Position, queue: Queue | null): void {
    this.#set(partition, position, queue);
  }

  /** Where to start each partition that has been read before. */
  known(): ReadonlyMap<string, Position> {
    const known = new Map<string, Position>();
    for (const [partition, { position }] of this.#partitions) {
      if (position !== null) known.set(partition, position);
    }
    return known;
  }

  /** Where the partition stands; null where it has not been read. */
  positionOf(partition: string): Position | null {
    return this.#partitions.get(partition)?.position ?? null;
  }

  generationOf(partition: string): number {
    return this.#partitions.get(partition)?.generation ?? this.generation;
  }

  /** Another worker has met this generation, or a person has set it there. On disk with the next position. */
  raise(partition: string, generation: number): void {
    if (generation <= this.generationOf(partition)) return;
    const { position = null, queue = null } = this.#partitions.get(partition) ?? {};
    this.#set(partition, position, queue, generation);
  }

  queueOf(partition: string): Queue | null {
    return this.#partitions.get(partition)?.queue ?? null;
  }

  partitionsOf(queue: Queue): readonly string[] {
    return [...this.#partitions].flatMap(([partition, stored]) =>
      stored.queue !== null && queueName(stored.queue) === queueName(queue) ? [partition] : [],
    );
  }

  /** All that are known. */
  partitions(): readonly string[] {
    return [...this.#partitions.keys()];
  }

  /** The queue of every partition. */
  queues(): readonly (Queue | null)[] {
    return [...this.#partitions.values()].map(({ queue }) => queue);
  }

  /** Remembers the partition's queue. On disk when it resolves: the choice must survive a crash. */
  async assign(partition: string, queue: Queue): Promise<void> {
    this.#set(partition, this.positionOf(partition), queue);
    await this.flush();
  }

  /** Everything of the partition up to `position` is stored. Throws when the last write failed. */
  moved(partition: string, position: Position, committed?: Committed): void {
    if (this.#failure !== null) {
      const failure = this.#failure;
      this.#failure = null;
      throw failure;
    }
    this.#set(partition, position, this.queueOf(partition));
    if (committed !== undefined) this.#unconfirmed.set(partition, committed);
    this.#timer ??= setTimeout(
      () => {
        this.#timer = null;
        this.flush().catch((error: unknown) => {
          this.#failure =
            error instanceof Error
              ? error
              : new Error('the positions could not be written', { cause: error });
        });
      },
      committed === undefined ? writeDelayMs : awaitedWriteDelayMs,
    );
  }

  /** Resolves when everything moved so far is on disk. */
  async flush(): Promise<void> {
    const write = this.#writing.then(() => this.#write());
    this.#writing = write.catch(() => undefined);
    await write;
  }

  /** Writes what is left, and whether anything may be under way still. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#begun && this.trails.isClean) {
      this.#marks = () => ({ clean: true, writers: [], tails: this.trails.tails() });
    }
    this.#dirty = true;
    await this.flush();
  }

  #set(
    partition: string,
    position: Position | null,
    queue: Queue | null,
    generation = this.#partitions.get(partition)?.generation,
  ): void {
    this.#partitions.set(partition, { position, queue, updated_at: new Date().toISOString(), generation });
    this.#dirty = true;
  }

  async #write(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    const written = new Map(this.#partitions);
    const unconfirmed = new Map(this.#unconfirmed);
    this.#unconfirmed.clear();
    try {
      await this.#store.positions.write(
        {
          version: 1,
          connector: this.#store.connector,
          ...this.#marks(),
          generation: this.generation === 0 ? undefined : this.generation,
          partitions: Object.fromEntries(written),
        },
        { durable: true },
      );
    } catch (error) {
      this.#dirty = true;
      for (const [partition, committed] of unconfirmed) this.#unconfirmed.set(partition, committed);
      throw unwritten(this.#store.positions.path, error);
    }
    for (const [partition, committed] of unconfirmed) {
      await committed(partition, written.get(partition)?.position ?? null);
    }
  }
}

/** What is stored at the broker is safe: the trail says what the positions do not. */
function unwritten(path: string, cause: unknown): ConnectorError {
  const message = `the positions cannot be written to ${path}: ${errorText(cause)}`;
  return new ConnectorError('unavailable', message, {
    cause,
    hint: 'make room on the disk, or make it writable; the source goes on by itself',
  });
}
