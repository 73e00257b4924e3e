import type { ConnectorDefinition } from '../job/definition.js';
import type { Admin, OutMessage, Producer, Queue } from '../rocketmq/cluster.js';
import { RocketmqError } from '../rocketmq/errors.js';
import { CorruptFileError, type ConnectorStore } from '../store/index.js';
import {
  letterForms,
  letterId,
  letterPrefix,
  toDeadLetter,
  type FailedRecord,
  type LetterForm,
} from './dead-letter.js';
import { isInDoubt, isRefusal, TooManyDeadLettersError } from './failure.js';
import { queueName } from '../rocketmq/queue-name.js';
import { messagesPerLook } from './peek-unless-gone.js';
import { RecentLetters, type LetterTail } from './recent-letters.js';
import { retrying, type RetryOptions } from './retry.js';
import type { RunnerContext } from './runner.js';
import { settleAll } from './settle-all.js';

interface Letter {
  readonly id: string;
  readonly failed: FailedRecord;
  readonly task: number;
}

const minuteMs = 60_000;
const batchBytes = 1024 * 1024;
const batchMessages = 500;

/**
 * The dead letters of one connector. Each is kept once: what is known of those kept before, also by a
 * worker that was killed, comes from reading the tail of their topic, and a send whose answer was lost is
 * looked up before it is made again. Where the way to the cluster leaves no trail, one may be there twice.
 */
export class DeadLetters {
  readonly #definition: ConnectorDefinition;
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #store: ConnectorStore;
  readonly #recent: RecentLetters;
  #writers: readonly string[] = [];
  /** When the latest letters were kept: `performance.now()`, of a minute at the most. */
  #times: number[] = [];
  #nextQueue = 0;
  #storing: Promise<unknown> = Promise.resolve();

  private constructor(
    definition: ConnectorDefinition,
    admin: Admin,
    producer: Producer,
    store: ConnectorStore,
    recent: RecentLetters,
  ) {
    this.#definition = definition;
    this.#admin = admin;
    this.#producer = producer;
    this.#store = store;
    this.#recent = recent;
  }

  /** Null where the connector keeps none. Makes their topic where it is missing and may be made. */
  static async open(
    definition: ConnectorDefinition,
    { cluster, store, topics, stop }: Pick<RunnerContext, 'cluster' | 'store' | 'topics' | 'stop'>,
  ): Promise<DeadLetters | null> {
    if (definition.errors.tolerance !== 'dead_letter') return null;
    const topic = definition.errors.deadLetterTopic;
    // One queue: letters are few, and are read in the order in which they came.
    const createTopics = definition.createTopics && { queues: 1 };
    await topics.ensure({ ...definition, createTopics }, [topic]);
    const stored = await store.deadLetters.read();
    if (stored !== null && stored.connector !== definition.name) {
      throw new CorruptFileError(store.deadLetters.path, `it is of the connector ${stored.connector}`);
    }
    const producer = cluster.producer(`connect-dlq-${definition.name}`);
    try {
      const queues = (await cluster.admin.topic(topic).catch(unlessUnsupported)) ?? [];
      // A queue that ends before the place has been made anew: nothing in it is ours.
      const isThere = ({ offset, ...place }: LetterTail): boolean =>
        queues.every((queue) => queueName(queue) !== queueName(place) || offset <= queue.max);
      const recent = new RecentLetters((stored?.tails ?? []).filter(isThere));
      for (const queue of queues) recent.opened(queue, queue.max);
      const letters = new DeadLetters(definition, cluster.admin, producer, store, recent);
      await letters.#recall(stored?.writers ?? [], stop);
      return letters;
    } catch (error) {
      await producer.close();
      throw error;
    }
  }

  /** Reads back what was kept before, once nothing of it can be on its way any more. */
  async #recall(dead: readonly string[], stop: AbortSignal): Promise<void> {
    const { trail } = this.#producer;
    if (trail === undefined) return;
    const tails = this.#recent.tails;
    if (dead.length > 0) await settleAll(trail, tails, dead, stop);
    for (const tail of tails) await this.#readFrom(tail, tail.offset);
    this.#writers = [trail.clientId];
    await this.#save();
  }

  async #readFrom(queue: Queue, from: number): Promise<void> {
    for (let offset = from; ;) {
      const messages = await this.#peek(queue, offset);
      for (const message of messages) {
        offset = message.offset + 1;
        this.#recent.reached(queue, offset);
        const id = message.properties[letterPrefix + 'id'];
        const isOurs = message.properties[letterPrefix + 'connector'] === this.#definition.name;
        if (id !== undefined && isOurs) this.#recent.add(id);
      }
      if (messages.length === 0) return;
    }
  }

  /** A topic that was deleted has nothing to be known of. */
  async #peek(queue: Queue, offset: number): ReturnType<Admin['peek']> {
    try {
      return await this.#admin.peek(queue, offset, messagesPerLook);
    } catch (error) {
      if (error instanceof RocketmqError && error.code === 'topic_not_found') return [];
      throw error;
    }
  }

  /**
   * Resolves when all of them are stored; those that were before are not stored again. Throws
   * `TooManyDeadLettersError`, or what keeps them from being stored.
   */
  store(failed: readonly FailedRecord[], task: number, retry: RetryOptions): Promise<void> {
    const storing = this.#storing.then(() => this.#storeNow(failed, task, retry));
    this.#storing = storing.catch(() => undefined);
    return storing;
  }

  async #storeNow(failed: readonly FailedRecord[], task: number, retry: RetryOptions): Promise<void> {
    const fresh = new Map<string, Letter>();
    for (const one of failed) {
      const id = letterId({ connector: this.#definition.name }, one);
      if (!this.#recent.has(id)) fresh.set(id, { id, failed: one, task });
    }
    if (fresh.size === 0) return;
    this.#count(fresh.size);
    const queue = await this.#queue(retry);
    for (const batch of this.#batches([...fresh.values()])) await this.#send(queue, batch, 'whole', retry);
  }

  #count(letters: number): void {
    const { maxDeadLettersPerMinute: most } = this.#definition.errors;
    if (most === null) return;
    const now = performance.now();
    this.#times = this.#times.filter((time) => now - time < minuteMs);
    if (this.#times.length + letters > most) {
      throw new TooManyDeadLettersError(this.#times.length + letters, most);
    }
    for (let count = 0; count < letters; count += 1) this.#times.push(now);
  }

  async #queue(retry: RetryOptions): Promise<Queue> {
    const { deadLetterTopic: topic } = this.#definition.errors;
    return retrying(async () => {
      const queues = await this.#producer.queues(topic);
      const queue = queues[this.#nextQueue % queues.length];
      this.#nextQueue += 1;
      if (queue !== undefined) return queue;
      throw new RocketmqError('topic_not_found', `topic ${topic} has no queue to write to`);
    }, retry);
  }

  *#batches(letters: readonly Letter[]): Iterable<readonly Letter[]> {
    let batch: Letter[] = [];
    let bytes = 0;
    for (const letter of letters) {
      const size = letter.failed.original.body.length;
      if (batch.length >= batchMessages || (batch.length > 0 && bytes + size > batchBytes)) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(letter);
      bytes += size;
    }
    if (batch.length > 0) yield batch;
  }

  /** What is refused goes one by one, and in the next form. */
  async #send(
    queue: Queue,
    letters: readonly Letter[],
    form: LetterForm,
    retry: RetryOptions,
  ): Promise<void> {
    try {
      await this.#sendBatch(queue, letters, form, retry);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const next = letters.length > 1 ? form : letterForms[letterForms.indexOf(form) + 1];
      if (next === undefined) throw error;
      for (const letter of letters) {
        if (!this.#recent.has(letter.id)) await this.#send(queue, [letter], next, retry);
      }
    }
  }

  async #sendBatch(
    queue: Queue,
    letters: readonly Letter[],
    form: LetterForm,
    retry: RetryOptions,
  ): Promise<void> {
    const author = { connector: this.#definition.name };
    const messages = new Map<string, OutMessage>(
      letters.map(({ id, failed, task }) => [id, toDeadLetter(failed, { ...author, task }, form)]),
    );
    const floor = this.#recent.endOf(queue);
    let mayBeStored = false;
    await retrying(async () => {
      if (mayBeStored && this.#producer.trail !== undefined) {
        await this.#producer.trail.settle(queue, [], retry.signal);
        await this.#readFrom(queue, floor);
        mayBeStored = false;
      }
      const rest = [...messages].filter(([id]) => !this.#recent.has(id));
      if (rest.length === 0) return;
      try {
        const { offset } = await this.#producer.send(
          queue,
          rest.map(([, message]) => message),
          retry.signal,
        );
        let isMoved = false;
        for (const [index, [id]] of rest.entries()) {
          if (offset !== null) this.#recent.reached(queue, offset + index + 1);
          isMoved = this.#recent.add(id) || isMoved;
        }
        if (isMoved) await this.#save();
      } catch (error) {
        mayBeStored ||= isInDoubt(error);
        throw error;
      }
    }, retry);
  }

  async #save(): Promise<void> {
    if (this.#producer.trail === undefined) return;
    const { name: connector } = this.#definition;
    const tails = this.#recent.tails.map((tail) => ({ ...tail }));
    const writers = [...this.#writers];
    await this.#store.deadLetters.write({ version: 1, connector, writers, tails }, { durable: true });
  }

  /** Nothing of ours is on its way any more when it is called. */
  async close(): Promise<void> {
    await this.#storing;
    this.#writers = [];
    try {
      await this.#save();
    } finally {
      await this.#producer.close();
    }
  }
}

function unlessUnsupported(error: unknown): null {
  if (error instanceof RocketmqError && error.code === 'unsupported') return null;
  throw error;
}
