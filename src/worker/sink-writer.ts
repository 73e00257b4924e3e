import type { SinkDefinition } from '../job/definition.js';
import type { Queue } from '../rocketmq/cluster.js';
import { RecordsRefused, type QueueOffset, type SinkTask } from '../sdk/index.js';
import { conversionFailure, type BadRecords } from './bad-records.js';
import type { FailedRecord } from './dead-letter.js';
import type { Delivery } from './inbox.js';
import { isConversionFailure, isReplayFor, toSinkRecord } from './message.js';
import type { TaskMonitor } from './monitor.js';
import { queueName } from '../rocketmq/queue-name.js';
import {
  failedMessage,
  isForNow,
  isOfOneRecord,
  recordsOf,
  refusalsOf,
  type Entry,
  type Refusal,
} from './refusal.js';
import { backoffMs, pause, retrying, type RetryOptions } from './retry.js';
import { SetAside, type Waiting } from './set-aside.js';
import { WholeBatches, type Ends } from './whole-batches.js';

export interface SinkWriterOptions {
  readonly definition: SinkDefinition;
  readonly task: SinkTask;
  readonly badRecords: BadRecords;
  readonly monitor: TaskMonitor;
  readonly retry: Pick<RetryOptions, 'backoff' | 'giveUpAfterMs'>;
  /** How long a single record that is refused for now is tried again. */
  readonly recordTimeoutMs: number;
  /** For a sink that keeps the offsets: what it is told of a queue; null where it is there already. */
  readonly ownOffset: ((queue: Queue, offset: number) => QueueOffset | null) | null;
  /** Resolves when the queues are this worker's for sure; false when `signal` aborts before. */
  readonly untilHeld: (queues: readonly Queue[], signal: AbortSignal) => Promise<boolean>;
  /** Ends the tries: what is not written then comes again at the next start. */
  readonly stop: AbortSignal;
  /** Drops what is in hand. */
  readonly cancel: AbortSignal;
  /** Everything of the queue below the offset is written, or left out for good. */
  readonly onWritten: (queue: Queue, offset: number) => void;
  /** Records that were set aside want to be tried again: `write` or `writeWaiting` should be called. */
  readonly wake: () => void;
}

/**
 * The writing part of a sink task: format → transforms → write. What the sink refuses for good is let go
 * of; what it refuses for now is tried again: in place where order counts, else while the rest goes on.
 */
export class SinkWriter {
  readonly #options: SinkWriterOptions;
  readonly #aside: SetAside<Entry>;
  readonly #retry: RetryOptions;
  /** For dead letters. */
  readonly #storing: RetryOptions;
  /** Records written that the monitor was not told of yet. */
  #moved = 0;
  /** Null where the sink keeps no offsets. */
  readonly #whole: WholeBatches | null;

  constructor(options: SinkWriterOptions) {
    this.#options = options;
    this.#aside = new SetAside(options.retry.backoff, options.wake);
    const { ownOffset, badRecords, stop, cancel, monitor } = options;
    this.#retry = {
      ...options.retry,
      signal: AbortSignal.any([stop, cancel]),
      onRetry: (error) => {
        monitor.retries(error);
      },
    };
    this.#storing = {
      ...this.#retry,
      onRetry: (error) => {
        monitor.retries(error, 'dead_letter');
      },
    };
    this.#whole =
      ownOffset === null
        ? null
        : new WholeBatches({
            ...options,
            retry: this.#retry,
            ownOffset,
            mayBeSplit: badRecords.tolerated,
            pause: (ms, entries) => this.#pause(ms, entries),
            letGo: (refused) => this.#letGo(refused),
            onWritten: (entries, ends) => {
              this.#written(entries);
              for (const { queue, offset } of ends.values()) options.onWritten(queue, offset);
            },
          });
  }

  /**
   * False: it failed, and `stop` ended the tries. What is not written comes again at the next start. Throws
   * what the task cannot go on with; offsets have moved up to the first record that is not written.
   */
  async write(deliveries: readonly Delivery[]): Promise<boolean> {
    const { badRecords } = this.#options;
    const { entries, failed } = this.#convert(deliveries);
    const open = new Set(failed);
    try {
      await this.#writeDue();
      if (this.#whole === null) {
        const refused = await this.#writeAll(entries);
        await this.#letGo(refused);
      } else {
        // The sink's offsets pass what failed, but for what ends the task.
        if (badRecords.tolerated) await this.#letGoOf(open);
        await this.#whole.write(entries, endsOf(deliveries, open));
      }
      await this.#letGoOf(open);
      this.#tellMoved();
      return true;
    } catch (error) {
      // What was written behind a record that ends the task comes again with it: that is no progress.
      this.#moved = 0;
      if (this.#options.stop.aborted && !this.#options.cancel.aborted) return false;
      throw error;
    } finally {
      this.#advance(deliveries, entries, open);
    }
  }

  /** Writes, or lets go of, all that was set aside. False: `stop` ended the tries. */
  async writeWaiting(): Promise<boolean> {
    const { signal } = this.#retry;
    try {
      while (!this.#aside.isEmpty) {
        await pause(this.#aside.dueInMs(), signal);
        await this.#writeDue();
      }
      return true;
    } catch (error) {
      if (this.#options.stop.aborted && !this.#options.cancel.aborted) return false;
      throw error;
    }
  }

  close(): void {
    this.#aside.close();
  }

  /** Tries again what was set aside and is due. Throws like `write`. */
  async #writeDue(): Promise<void> {
    for (let due = this.#aside.takeDue(); due !== null; due = this.#aside.takeDue()) {
      await this.#writeAgain(due);
      this.#tellMoved();
    }
  }

  #convert(deliveries: readonly Delivery[]): { entries: Entry[]; failed: FailedRecord[] } {
    const { definition, badRecords, task } = this.#options;
    const { format, transforms } = definition;
    const entries: Entry[] = [];
    const failed: FailedRecord[] = [];
    const blocked = new Set<string>();
    for (const { queue, fetched } of deliveries) {
      if (blocked.has(queueName(queue))) continue;
      for (const message of fetched.messages) {
        if (!isReplayFor(message, definition.name)) continue;
        try {
          const record = toSinkRecord(message, format, transforms, task.readsJson);
          if (record !== null) entries.push({ message, record, isDone: false });
        } catch (cause) {
          const { stage, error } = conversionFailure(cause);
          failed.push(failedMessage(message, stage, error));
          if (badRecords.tolerated) continue;
          // Nothing behind it may be written: it would be written again when this record comes again.
          blocked.add(queueName(queue));
          break;
        }
      }
    }
    return { entries, failed };
  }

  /** Resolves with what cannot be written; what may be written later is set aside, where that is allowed. */
  async #writeAll(entries: readonly Entry[]): Promise<readonly Refusal[]> {
    const refused = await this.#attempt(entries);
    const again = refused.filter(({ error }) => isForNow(error));
    const final = refused.filter(({ error }) => !isForNow(error));
    if (again.length === 0) return final;
    const until = performance.now() + this.#options.recordTimeoutMs;
    this.#options.monitor.retries(again[0]?.error);
    if (this.#options.definition.ordering === 'relaxed' && this.#aside.hasRoom) {
      this.#aside.add(
        again.map(({ entry }) => entry),
        until,
      );
      return final;
    }
    return [...final, ...(await this.#again(again, until))];
  }

  /** Tries in place until the sink takes them, refuses them for good, or time is up. */
  async #again(refused: readonly Refusal[], until: number): Promise<readonly Refusal[]> {
    const { monitor, retry } = this.#options;
    const final: Refusal[] = [];
    let rest = refused;
    for (let tries = 1; rest.length > 0 && performance.now() < until; tries += 1) {
      const entries = rest.map(({ entry }) => entry);
      await this.#pause(backoffMs(retry.backoff, tries), entries);
      const left = await this.#attempt(entries);
      final.push(...left.filter(({ error }) => !isForNow(error)));
      rest = left.filter(({ error }) => isForNow(error));
      if (rest.length > 0) monitor.retries(rest[0]?.error);
    }
    return [...final, ...rest];
  }

  /** Before another try: waits, and sees that the queues are still this worker's. */
  async #pause(ms: number, entries: readonly Entry[]): Promise<void> {
    const { signal } = this.#retry;
    if (ms > 0) await pause(ms, signal);
    const queues = entries.map(({ message }) => message);
    if (!(await this.#options.untilHeld(queues, signal))) signal.throwIfAborted();
  }

  async #writeAgain(waiting: Waiting<Entry>): Promise<void> {
    try {
      await this.#pause(0, waiting.items);
      const refused = await this.#attempt(waiting.items);
      const again = refused.filter(({ error }) => isForNow(error) && performance.now() < waiting.until);
      await this.#letGo(refused.filter((refusal) => !again.includes(refusal)));
      if (again.length > 0) this.#options.monitor.retries(again[0]?.error);
    } finally {
      this.#aside.putBack(
        waiting,
        waiting.items.filter(({ isDone }) => !isDone),
      );
      for (const { queue, offset } of this.#aside.floors()) this.#options.onWritten(queue, offset);
    }
  }

  async #letGoOf(open: Set<FailedRecord>): Promise<void> {
    await this.#options.badRecords.letGo([...open], this.#storing);
    open.clear();
  }

  async #letGo(refused: readonly Refusal[]): Promise<void> {
    if (refused.length === 0) return;
    const failed = refused.map(({ entry: { message, record }, error }) =>
      failedMessage(message, isConversionFailure(record, error) ? 'convert' : 'write', error),
    );
    await this.#options.badRecords.letGo(failed, this.#storing);
    for (const { entry } of refused) entry.isDone = true;
  }

  /** Writes them, and resolves with those that the sink refuses. */
  async #attempt(entries: readonly Entry[]): Promise<readonly Refusal[]> {
    if (entries.length === 0) return [];
    const { task, cancel, badRecords } = this.#options;
    try {
      await retrying(() => task.write(recordsOf(entries), cancel), this.#retry);
      this.#written(entries);
      return [];
    } catch (error) {
      if (error instanceof RecordsRefused) return this.#taken(entries, error);
      const [only] = entries;
      if (!badRecords.tolerated || !isOfOneRecord(error) || only === undefined) throw error;
      if (entries.length === 1) return [{ entry: only, error }];
    }
    const middle = Math.ceil(entries.length / 2);
    const first = await this.#attempt(entries.slice(0, middle));
    return [...first, ...(await this.#attempt(entries.slice(middle)))];
  }

  #taken(entries: readonly Entry[], refused: RecordsRefused): readonly Refusal[] {
    const refusals = refusalsOf(entries, refused);
    const left = new Set(refusals.map(({ entry }) => entry));
    this.#written(entries.filter((entry) => !left.has(entry)));
    return refusals;
  }

  #written(entries: readonly Entry[]): void {
    for (const entry of entries) entry.isDone = true;
    this.#moved += entries.length;
  }

  #tellMoved(): void {
    if (this.#moved > 0) this.#options.monitor.moved(this.#moved);
    this.#moved = 0;
  }

  /** Moves each queue up to the first of its records that is not done. */
  #advance(
    deliveries: readonly Delivery[],
    entries: readonly Entry[],
    open: ReadonlySet<FailedRecord>,
  ): void {
    const firstOpen = new Map<string, number>();
    const note = (place: Queue & { readonly offset: number }): void => {
      const name = queueName(place);
      firstOpen.set(name, Math.min(place.offset, firstOpen.get(name) ?? Infinity));
    };
    for (const { message, isDone } of entries) if (!isDone && !this.#aside.holds(message)) note(message);
    for (const { origin } of open) if (origin.kind === 'sink') note(origin);
    for (const { queue, fetched } of deliveries) {
      const reached = Math.min(fetched.nextOffset, firstOpen.get(queueName(queue)) ?? Infinity);
      this.#aside.reached(queue, reached);
    }
    for (const { queue, offset } of this.#aside.floors()) this.#options.onWritten(queue, offset);
  }
}

/** How far the deliveries get in each queue: not beyond what failed and is not let go of. */
function endsOf(deliveries: readonly Delivery[], open: ReadonlySet<FailedRecord>): Ends {
  const ends = new Map(
    deliveries.map(({ queue, fetched }) => [queueName(queue), { queue, offset: fetched.nextOffset }]),
  );
  for (const { origin } of open) {
    if (origin.kind !== 'sink') continue;
    const end = ends.get(queueName(origin));
    if (end !== undefined)
      ends.set(queueName(origin), { ...end, offset: Math.min(end.offset, origin.offset) });
  }
  return ends;
}
