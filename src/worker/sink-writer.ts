import type { SinkDefinition } from '../job/definition.js';
import type { Queue, StoredMessage } from '../rocketmq/cluster.js';
import { ConnectorError, RecordsRefused, type SinkRecord, type SinkTask } from '../sdk/index.js';
import { conversionFailure, type BadRecords } from './bad-records.js';
import type { FailedRecord, FailureStage } from './dead-letter.js';
import type { Delivery } from './inbox.js';
import { isReplayFor, toSinkRecord } from './message.js';
import type { TaskMonitor } from './monitor.js';
import { queueName } from './queue-deal.js';
import { backoffMs, pause, retrying, type RetryOptions } from './retry.js';
import { SetAside, type Waiting } from './set-aside.js';

export interface SinkWriterOptions {
  readonly definition: SinkDefinition;
  readonly task: SinkTask;
  readonly badRecords: BadRecords;
  readonly monitor: TaskMonitor;
  readonly retry: Pick<RetryOptions, 'backoff' | 'giveUpAfterMs'>;
  /** How long a single record that is refused for now is tried again. */
  readonly recordTimeoutMs: number;
  /** Drops what is in hand. */
  readonly cancel: AbortSignal;
  /** Everything of the queue below the offset is written, or left out for good. */
  readonly onWritten: (queue: Queue, offset: number) => void;
  /** Records that were set aside want to be tried again: `write` or `writeWaiting` should be called. */
  readonly wake: () => void;
}

/** A record on its way into the sink. */
interface Entry {
  readonly message: StoredMessage;
  readonly record: SinkRecord;
  isDone: boolean;
}

/** An entry that the sink refused. */
interface Refusal {
  readonly entry: Entry;
  readonly error: unknown;
}

/**
 * The writing part of a sink task: format → transforms → write. What the sink refuses for good is let go
 * of; what it refuses for now is tried again: in place where order counts, else while the rest goes on.
 */
export class SinkWriter {
  readonly #options: SinkWriterOptions;
  readonly #aside: SetAside<Entry>;
  /** Records written that the monitor was not told of yet. */
  #moved = 0;

  constructor(options: SinkWriterOptions) {
    this.#options = options;
    this.#aside = new SetAside(options.retry.backoff, options.wake);
  }

  /** Whether records that were set aside are still to be written. */
  get hasWaiting(): boolean {
    return !this.#aside.isEmpty;
  }

  /**
   * False: it failed, and `stop` ended the tries. What is not written comes again at the next start. Throws
   * what the task cannot go on with; offsets have moved up to the first record that is not written.
   */
  async write(deliveries: readonly Delivery[], stop: AbortSignal): Promise<boolean> {
    const { entries, failed } = this.#convert(deliveries);
    const open = new Set(failed);
    try {
      await this.writeDue(stop);
      const refused = await this.#writeAll(entries, stop);
      await this.#letGo(refused, stop);
      await this.#options.badRecords.letGo(failed, this.#retryOptions(stop));
      open.clear();
      this.#tellMoved();
      return true;
    } catch (error) {
      // What was written behind a record that ends the task comes again with it: that is no progress.
      this.#moved = 0;
      if (stop.aborted && !this.#options.cancel.aborted) return false;
      throw error;
    } finally {
      this.#advance(deliveries, entries, open);
    }
  }

  /** Tries again what was set aside and is due. Throws like `write`. */
  async writeDue(stop: AbortSignal): Promise<void> {
    for (let due = this.#aside.takeDue(); due !== null; due = this.#aside.takeDue()) {
      await this.#writeAgain(due, stop);
      this.#tellMoved();
    }
  }

  /** Writes, or lets go of, all that was set aside. False: `stop` ended the tries. */
  async writeWaiting(stop: AbortSignal): Promise<boolean> {
    const signal = AbortSignal.any([stop, this.#options.cancel]);
    try {
      while (!this.#aside.isEmpty) {
        await pause(this.#aside.dueInMs(), signal);
        await this.writeDue(stop);
      }
      return true;
    } catch (error) {
      if (stop.aborted && !this.#options.cancel.aborted) return false;
      throw error;
    }
  }

  close(): void {
    this.#aside.close();
  }

  #convert(deliveries: readonly Delivery[]): { entries: Entry[]; failed: FailedRecord[] } {
    const { definition, badRecords } = this.#options;
    const { format, transforms } = definition;
    const entries: Entry[] = [];
    const failed: FailedRecord[] = [];
    const blocked = new Set<string>();
    for (const { queue, fetched } of deliveries) {
      if (blocked.has(queueName(queue))) continue;
      for (const message of fetched.messages) {
        if (!isReplayFor(message, definition.name)) continue;
        try {
          const record = toSinkRecord(message, format, transforms);
          if (record !== null) entries.push({ message, record, isDone: false });
        } catch (cause) {
          const { stage, error } = conversionFailure(cause);
          failed.push(failedRecord(message, stage, error));
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
  async #writeAll(entries: readonly Entry[], stop: AbortSignal): Promise<readonly Refusal[]> {
    const refused = await this.#attempt(entries, stop);
    const again = refused.filter(({ error }) => isForNow(error));
    const final = refused.filter(({ error }) => !isForNow(error));
    if (again.length === 0) return final;
    const until = Date.now() + this.#options.recordTimeoutMs;
    this.#options.monitor.retries(again[0]?.error);
    if (this.#options.definition.ordering === 'relaxed' && this.#aside.hasRoom) {
      this.#aside.add(
        again.map(({ entry }) => entry),
        until,
      );
      return final;
    }
    return [...final, ...(await this.#again(again, until, stop))];
  }

  /** Tries in place until the sink takes them, refuses them for good, or time is up. */
  async #again(refused: readonly Refusal[], until: number, stop: AbortSignal): Promise<readonly Refusal[]> {
    const { monitor, retry, cancel } = this.#options;
    const signal = AbortSignal.any([stop, cancel]);
    const final: Refusal[] = [];
    let rest = refused;
    for (let tries = 1; rest.length > 0 && Date.now() < until; tries += 1) {
      await pause(backoffMs(retry.backoff, tries), signal);
      const left = await this.#attempt(
        rest.map(({ entry }) => entry),
        stop,
      );
      final.push(...left.filter(({ error }) => !isForNow(error)));
      rest = left.filter(({ error }) => isForNow(error));
      if (rest.length > 0) monitor.retries(rest[0]?.error);
    }
    return [...final, ...rest];
  }

  async #writeAgain(waiting: Waiting<Entry>, stop: AbortSignal): Promise<void> {
    try {
      const refused = await this.#attempt(waiting.items, stop);
      const again = refused.filter(({ error }) => isForNow(error) && Date.now() < waiting.until);
      await this.#letGo(
        refused.filter((refusal) => !again.includes(refusal)),
        stop,
      );
      if (again.length > 0) this.#options.monitor.retries(again[0]?.error);
    } finally {
      this.#aside.putBack(
        waiting,
        waiting.items.filter(({ isDone }) => !isDone),
      );
      for (const { queue, offset } of this.#aside.floors()) this.#options.onWritten(queue, offset);
    }
  }

  async #letGo(refused: readonly Refusal[], stop: AbortSignal): Promise<void> {
    if (refused.length === 0) return;
    const failed = refused.map(({ entry, error }) => failedRecord(entry.message, 'write', error));
    await this.#options.badRecords.letGo(failed, this.#retryOptions(stop));
    for (const { entry } of refused) entry.isDone = true;
  }

  /** Writes them, and resolves with those that the sink refuses. */
  async #attempt(entries: readonly Entry[], stop: AbortSignal): Promise<readonly Refusal[]> {
    if (entries.length === 0) return [];
    const { task, cancel, badRecords } = this.#options;
    const records = entries.map(({ record }) => record);
    try {
      await retrying(() => task.write(records, cancel), this.#retryOptions(stop));
      this.#written(entries);
      return [];
    } catch (error) {
      if (error instanceof RecordsRefused) return this.#taken(entries, error);
      const isSplit = badRecords.tolerated && error instanceof ConnectorError && error.code === 'bad_data';
      const [only] = entries;
      if (!isSplit || only === undefined) throw error;
      if (entries.length === 1) return [{ entry: only, error }];
    }
    const middle = Math.ceil(entries.length / 2);
    const first = await this.#attempt(entries.slice(0, middle), stop);
    return [...first, ...(await this.#attempt(entries.slice(middle), stop))];
  }

  #taken(entries: readonly Entry[], { refused }: RecordsRefused): readonly Refusal[] {
    const errors = new Map(refused.map(({ index, error }) => [index, error]));
    this.#written(entries.filter((_entry, index) => !errors.has(index)));
    return entries.flatMap((entry, index) => {
      const error = errors.get(index);
      return error === undefined ? [] : [{ entry, error }];
    });
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

  #retryOptions(stop: AbortSignal): RetryOptions {
    const { retry, cancel, monitor } = this.#options;
    return {
      ...retry,
      signal: AbortSignal.any([stop, cancel]),
      onRetry: (error) => {
        monitor.retries(error);
      },
    };
  }
}

function isForNow(error: unknown): boolean {
  return error instanceof ConnectorError && error.retryable;
}

function failedRecord(message: StoredMessage, stage: FailureStage, error: unknown): FailedRecord {
  const { topic, broker, queue, offset, storedAt, body, key, tag, properties } = message;
  return {
    origin: { kind: 'sink', topic, broker, queue, offset, storedAt },
    stage,
    error,
    original: { body, key, tag, properties },
  };
}
