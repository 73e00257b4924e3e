import { join } from 'node:path';
import type { Queue } from '../../rocketmq/cluster.js';
import { acquireLock, type ConnectorStore, type LetterMarks } from '../../store/index.js';
import type { DeadLetter } from '../../worker/dead-letter.js';
import { queueName } from '../../rocketmq/queue-name.js';

export type LetterState = 'waiting' | 'replayed' | 'purged';

/**
 * What a person has done with the dead letters of a connector. RocketMQ deletes no single message, so
 * this is kept in the data directory: letters below a mark in each queue are gone for us, others are known
 * by their ids.
 */
export class Marks {
  readonly #store: ConnectorStore;
  readonly #low = new Map<string, LetterMarks['purged_below'][number]>();
  readonly #replayed: Set<string>;
  readonly #purged: Set<string>;

  private constructor(store: ConnectorStore, stored: LetterMarks | null) {
    this.#store = store;
    for (const mark of stored?.purged_below ?? []) this.#low.set(queueName(mark), mark);
    this.#replayed = new Set(stored?.replayed);
    this.#purged = new Set(stored?.purged);
  }

  static async read(store: ConnectorStore): Promise<Marks> {
    return new Marks(store, await store.letterMarks.read());
  }

  /**
   * Lets `use` work on them. Only where it `changes` them they are written, one command at a time: throws
   * `LockedError` then.
   */
  static async using<T>(
    store: ConnectorStore,
    changes: boolean,
    use: (marks: Marks) => Promise<T>,
  ): Promise<T> {
    return changes ? Marks.#changing(store, use) : use(await Marks.read(store));
  }

  static async #changing<T>(store: ConnectorStore, change: (marks: Marks) => Promise<T>): Promise<T> {
    const lock = await acquireLock(join(store.folder, 'dead-letters.lock'), 'rmq-connect dlq');
    try {
      const marks = await Marks.read(store);
      try {
        return await change(marks);
      } finally {
        await marks.save();
      }
    } finally {
      await lock.release();
    }
  }

  /** Where to read the queue from. A queue that ends before the mark was made anew. */
  start({ min, max, ...queue }: Queue & { readonly min: number; readonly max: number }): number {
    const low = this.#low.get(queueName(queue))?.offset ?? 0;
    return low > max ? min : Math.max(low, min);
  }

  stateOf({ id }: Pick<DeadLetter, 'id'>): LetterState {
    if (this.#purged.has(id)) return 'purged';
    return this.#replayed.has(id) ? 'replayed' : 'waiting';
  }

  replayed(id: string): void {
    this.#replayed.add(id);
  }

  purged(id: string): void {
    this.#purged.add(id);
  }

  /** Moves the mark of the queue over what is purged at its beginning. `letters`: all that is left in it. */
  raise(queue: Queue, letters: readonly DeadLetter[], end: number): void {
    const first = letters.find((letter) => this.stateOf(letter) !== 'purged');
    const offset = first?.stored.offset ?? end;
    const gone = letters.filter(({ stored }) => stored.offset < offset).map(({ id }) => id);
    const kept = new Set(letters.filter(({ stored }) => stored.offset >= offset).map(({ id }) => id));
    const { topic, broker, queue: number } = queue;
    this.#low.set(queueName(queue), { topic, broker, queue: number, offset });
    for (const id of gone) {
      if (kept.has(id)) continue;
      this.#purged.delete(id);
      this.#replayed.delete(id);
    }
  }

  async save(): Promise<void> {
    await this.#store.letterMarks.write(
      {
        version: 1,
        connector: this.#store.connector,
        purged_below: [...this.#low.values()],
        replayed: [...this.#replayed],
        purged: [...this.#purged],
      },
      { durable: true },
    );
  }
}
