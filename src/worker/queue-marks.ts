import type { Admin, Queue, StoredMessage } from '../rocketmq/cluster.js';
import type { ConnectorStore, StoredQueueMarks } from '../store/index.js';
import { queueName } from '../rocketmq/queue-name.js';

type Mark = StoredQueueMarks['queues'][string][number];

/** Marks of one queue: the first one, and the newest ones. */
const kept = 4;
/** So often a queue gets a new one at the most, and so often they are written, in ms. */
const everyMs = 1_000;

/**
 * Messages that a sink has read, by their offset: a queue that holds others there is another queue, made
 * anew under the same name, and its offsets mean something else. Kept in the data directory. An aid, so
 * it is never an error that they cannot be written.
 */
export class QueueMarks {
  readonly #store: ConnectorStore;
  readonly #admin: Pick<Admin, 'peek'>;
  readonly #queues: Map<string, Mark[]>;
  readonly #markedAt = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #dirty = false;
  #writing: Promise<void> = Promise.resolve();

  private constructor(store: ConnectorStore, admin: Pick<Admin, 'peek'>, stored: StoredQueueMarks['queues']) {
    this.#store = store;
    this.#admin = admin;
    this.#queues = new Map(Object.entries(stored));
    this.#timer = setInterval(() => void this.#write(), everyMs);
  }

  /** Throws `CorruptFileError`. */
  static async load(store: ConnectorStore, admin: Pick<Admin, 'peek'>): Promise<QueueMarks> {
    return new QueueMarks(store, admin, (await store.queueMarks.read())?.queues ?? {});
  }

  /** These messages of the queue were read, in order. */
  seen(queue: Queue, messages: readonly StoredMessage[]): void {
    const [first] = messages;
    const last = messages.at(-1);
    if (first === undefined || last === undefined) return;
    const name = queueName(queue);
    const marks = this.#queues.get(name) ?? [];
    const now = performance.now();
    if (marks.length > 0 && now - (this.#markedAt.get(name) ?? -Infinity) < everyMs) return;
    const message = marks.length === 0 ? first : last;
    this.#markedAt.set(name, marks.length === 0 ? -Infinity : now);
    const mark = { offset: message.offset, id: message.id };
    const [oldest = mark, ...newer] = marks;
    this.#queues.set(name, marks.length === 0 ? [mark] : [oldest, ...[...newer, mark].slice(1 - kept)]);
    this.#dirty = true;
  }

  /** The queue is another one now: what was known of the former one is forgotten. */
  forget(queue: Queue): void {
    this.#dirty = this.#queues.delete(queueName(queue)) || this.#dirty;
    this.#markedAt.delete(queueName(queue));
  }

  /**
   * Whether the queue, which holds offsets from `min` on and below `max`, is the one that was read:
   * `unknown` where it holds none of the offsets that were noted, and `never` where none was noted.
   */
  async judge(queue: Queue, min: number, max: number): Promise<'same' | 'another' | 'unknown' | 'never'> {
    const marks = this.#queues.get(queueName(queue)) ?? [];
    if (marks.length === 0) return 'never';
    let verdict: 'same' | 'unknown' = 'unknown';
    for (const { offset, id } of marks) {
      if (offset < min || offset >= max) continue;
      const [found] = await this.#admin.peek(queue, offset, 1);
      if (found?.offset !== offset) continue;
      if (found.id !== id) return 'another';
      verdict = 'same';
    }
    return verdict;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#write();
  }

  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      if (!this.#dirty) return;
      this.#dirty = false;
      const { connector } = this.#store;
      const marks = { version: 1, connector, queues: Object.fromEntries(this.#queues) } as const;
      try {
        await this.#store.queueMarks.write(marks, { durable: false });
      } catch {
        this.#dirty = true;
      }
    });
    return this.#writing;
  }
}
