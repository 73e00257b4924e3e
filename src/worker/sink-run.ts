import type { SinkDefinition } from '../job/definition.js';
import type { Consumer, Fetched, Queue, QueueReader } from '../rocketmq/cluster.js';
import {
  ConnectorError,
  RecordsRefused,
  type QueueOffset,
  type SinkOffsets,
  type SinkRecord,
  type SinkTask,
} from '../sdk/index.js';
import { openChannels, ownOffset, type Channel } from './channel.js';
import { commitOffsets, keepMarks, type CommitSteps } from './commit.js';
import { commitHeld, untilHeld } from './hold.js';
import { Inbox, type Delivery } from './inbox.js';
import { toSinkRecord } from './message.js';
import type { TaskMonitor } from './monitor.js';
import { queueName } from './queue-deal.js';
import { QueueGaps } from './queue-gaps.js';
import type { QueueMarks } from './queue-marks.js';
import { retrying, type RetryOptions } from './retry.js';
import type { TaskEnd } from './supervise.js';

export interface SinkRunOptions {
  readonly definition: SinkDefinition;
  readonly task: SinkTask;
  /** The sink's own offsets; null where it keeps none. */
  readonly offsets: Pick<SinkOffsets, 'read' | 'set'> | null;
  readonly consumer: Consumer;
  readonly queues: readonly Queue[];
  /** Where to end a queue, once that is known; null: never. */
  readonly endOf: ((queue: Queue) => Promise<number>) | null;
  readonly monitor: TaskMonitor;
  /** What tells the queues from others of the same name; null where offsets are this client's own. */
  readonly marks: QueueMarks | null;
  readonly warn: (message: string) => void;
  readonly retry: Pick<RetryOptions, 'backoff' | 'giveUpAfterMs'>;
  /** Drops what is in hand. */
  readonly kill: AbortSignal;
}

/** Bytes fetched but not yet written, at the most, for each task: half asked ahead, half waiting. */
const bufferBytes = 2 * 1024 * 1024;
const writeMessages = 2_000;

/** One run of a sink task: fetch → format → transforms → write → group offset. */
export class SinkRun {
  readonly #options: SinkRunOptions;
  readonly #inbox = new Inbox(bufferBytes / 2);
  readonly #failed = new AbortController();
  readonly #cancel: AbortSignal;
  readonly #gaps: QueueGaps;

  constructor(options: SinkRunOptions) {
    this.#options = options;
    const { consumer, definition, marks, monitor, warn } = options;
    this.#gaps = new QueueGaps({
      consumer,
      onGap: definition.onGap,
      marks,
      warn,
      missed: (messages) => {
        monitor.missed(messages);
      },
    });
    this.#cancel = AbortSignal.any([this.#failed.signal, options.kill]);
  }

  /** Ends at the queues' ends where those are given, or soon after `stop` aborts: offsets committed. */
  async run(stop: AbortSignal): Promise<TaskEnd> {
    const fetching = AbortSignal.any([stop, this.#cancel]);
    const channels = await this.#openChannels(fetching);
    if (channels === null) return 'stopped';
    this.#options.monitor.works(() =>
      channels.some(({ fetched, written, max }) => fetched > written || max > fetched),
    );
    const fetchers = this.#startFetchers(channels, fetching);
    const commitTimer = setInterval(() => {
      this.#inbox.wake();
    }, this.#options.definition.commitIntervalMs);
    try {
      await this.#writeUntil(fetchers, channels, stop);
      const last = this.#committing(this.#cancel, stop);
      await commitOffsets(channels, last);
      await keepMarks(channels, last);
    } catch (error) {
      this.#failed.abort(error);
      throw error;
    } finally {
      clearInterval(commitTimer);
      this.#failed.abort(new Error('the run is over'));
      await fetchers.ended;
      for (const { reader } of channels) reader.close();
    }
    return stop.aborted ? 'stopped' : 'finished';
  }

  async #openChannels(signal: AbortSignal): Promise<readonly Channel[] | null> {
    const { queues, monitor, consumer, definition, offsets, warn } = this.#options;
    for (const queue of queues) monitor.has(queueName(queue));
    try {
      return await openChannels({
        consumer,
        queues,
        from: definition.from,
        topics: definition.topics,
        offsets,
        maxBytes: bufferBytes / 2,
        gaps: this.#gaps,
        warn,
        retrying: (attempt) => this.#retrying(attempt, signal),
      });
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }

  #startFetchers(channels: readonly Channel[], signal: AbortSignal): Fetchers {
    const fetchers: Fetchers = { running: channels.length, ended: Promise.resolve() };
    const loops = channels.map((channel) =>
      this.#fetch(channel, AbortSignal.any([signal, channel.close.signal]))
        .catch((error: unknown) => {
          this.#failed.abort(error);
        })
        .finally(() => {
          fetchers.running -= 1;
          this.#inbox.wake();
        }),
    );
    fetchers.ended = Promise.all(loops);
    const { endOf } = this.#options;
    if (endOf !== null) for (const channel of channels) this.#endAt(channel, endOf(channel.queue));
    return fetchers;
  }

  #endAt(channel: Channel, known: Promise<number>): void {
    known.then(
      (end) => {
        endChannel(channel, end);
      },
      (error: unknown) => {
        this.#failed.abort(error);
      },
    );
  }

  async #fetch(channel: Channel, signal: AbortSignal): Promise<void> {
    for (;;) {
      const fetched = await readUnlessAborted(channel.reader, signal);
      if (fetched === null) return;
      this.#options.marks?.seen(channel.queue, fetched.messages);
      const wanted = upTo(fetched, channel.end);
      channel.fetched = wanted.nextOffset;
      channel.max = fetched.maxOffset;
      if (channel.end !== null && channel.fetched >= channel.end) channel.close.abort();
      await this.#inbox.add(channel.queue, wanted, signal);
    }
  }

  /** Writes until nothing is left to come. After `stop` only what is being written is finished. */
  async #writeUntil(fetchers: Fetchers, channels: readonly Channel[], stop: AbortSignal): Promise<void> {
    const byName = new Map(channels.map((channel) => [queueName(channel.queue), channel]));
    const { commitIntervalMs } = this.#options.definition;
    let nextCommit = performance.now() + commitIntervalMs;
    while (!stop.aborted && (fetchers.running > 0 || !this.#inbox.isEmpty)) {
      const deliveries = await this.#inbox.take(writeMessages);
      this.#cancel.throwIfAborted();
      if (!(await this.#isOurs(deliveries, stop))) return;
      if (!(await this.#write(deliveries, byName, stop))) return;
      this.#inbox.done(deliveries);
      if (performance.now() >= nextCommit) {
        await commitOffsets(channels, this.#committing(stop, stop));
        nextCommit = performance.now() + commitIntervalMs;
      }
    }
    this.#cancel.throwIfAborted();
  }

  /** False: `stop` aborted before it was sure that their queues are still this worker's. */
  async #isOurs(deliveries: readonly Delivery[], stop: AbortSignal): Promise<boolean> {
    const queues = deliveries.map(({ queue }) => queue);
    const isOurs = await untilHeld(this.#options.consumer, queues, AbortSignal.any([stop, this.#cancel]));
    this.#cancel.throwIfAborted();
    return isOurs;
  }

  /** False: it failed, and `stop` ended the tries. The batch comes again at the next start. */
  async #write(
    deliveries: readonly Delivery[],
    channels: ReadonlyMap<string, Channel>,
    stop: AbortSignal,
  ): Promise<boolean> {
    const records = this.#convert(deliveries);
    const upTo = this.#options.offsets === null ? undefined : ownOffsets(channels, deliveries);
    if (records.length > 0 || (upTo !== undefined && upTo.length > 0)) {
      try {
        await this.#retrying(() => this.#options.task.write(records, this.#cancel, upTo), stop);
      } catch (error) {
        if (stop.aborted && !this.#cancel.aborted) return false;
        if (error instanceof RecordsRefused) throw this.#refused(error, records, channels);
        throw error;
      }
      this.#options.monitor.moved(records.length);
    }
    for (const { queue, fetched } of deliveries) advance(channels, queue, fetched.nextOffset);
    return true;
  }

  #convert(deliveries: readonly Delivery[]): SinkRecord[] {
    const { format, transforms } = this.#options.definition;
    const records: SinkRecord[] = [];
    for (const { queue, fetched } of deliveries) {
      for (const message of fetched.messages) {
        try {
          const record = toSinkRecord(message, format, transforms);
          if (record !== null) records.push(record);
        } catch (cause) {
          if (!(cause instanceof ConnectorError)) throw cause;
          const place = `${queueName(queue)}, offset ${String(message.offset)}`;
          throw new ConnectorError(cause.code, `${cause.message} (${place})`, { cause });
        }
      }
    }
    return records;
  }

  /** What came before the first refused record of each queue is written; that record comes again. */
  #refused(
    error: RecordsRefused,
    records: readonly SinkRecord[],
    channels: ReadonlyMap<string, Channel>,
  ): unknown {
    const stuck = new Set<string>();
    const refused = new Map(error.refused.map((entry) => [entry.index, entry.error]));
    for (const [index, record] of records.entries()) {
      const name = queueName(record);
      if (refused.has(index)) stuck.add(name);
      if (!stuck.has(name)) advance(channels, record, record.offset + 1);
    }
    const first = error.refused[0];
    const record = first === undefined ? undefined : records[first.index];
    if (first === undefined || record === undefined) return error;
    const place = `${queueName(record)}, offset ${String(record.offset)}`;
    return new ConnectorError(first.error.code, `${first.error.message} (${place})`, { cause: error });
  }

  #committing(giveUp: AbortSignal, stop: AbortSignal): CommitSteps {
    const { task, consumer, offsets } = this.#options;
    return {
      flush: () => this.#retrying(async () => task.flush?.(), giveUp),
      commit: (queue, offset) =>
        this.#retrying(() => commitHeld(consumer, queue, offset, { waits: !stop.aborted }), giveUp),
      keep: (kept) => {
        // What another worker has now is its to say where it stands.
        const held = kept.filter((entry) => consumer.hold(entry) === 'held');
        return this.#retrying(async () => offsets?.set(held), giveUp);
      },
    };
  }

  #retrying<T>(attempt: () => Promise<T>, giveUp: AbortSignal): Promise<T> {
    const { retry, monitor } = this.#options;
    const signal = AbortSignal.any([giveUp, this.#cancel]);
    return retrying(attempt, {
      ...retry,
      signal,
      onRetry: (error) => {
        monitor.retries(error);
      },
    });
  }
}

interface Fetchers {
  /** How many have not ended. */
  running: number;
  ended: Promise<unknown>;
}

function advance(channels: ReadonlyMap<string, Channel>, queue: Queue, offset: number): void {
  const channel = channels.get(queueName(queue));
  if (channel !== undefined) channel.written = offset;
}

/** How far these deliveries get in each queue that they move. */
function ownOffsets(
  channels: ReadonlyMap<string, Channel>,
  deliveries: readonly Delivery[],
): readonly QueueOffset[] {
  const ends = new Map(deliveries.map(({ queue, fetched }) => [queueName(queue), fetched.nextOffset]));
  return Array.from(ends, ([name, offset]) => {
    const channel = channels.get(name);
    return channel === undefined || channel.written === offset ? [] : [ownOffset(channel, offset)];
  }).flat();
}

function endChannel(channel: Channel, end: number): void {
  channel.end = end;
  if (channel.fetched >= end) channel.close.abort();
}

async function readUnlessAborted(reader: QueueReader, signal: AbortSignal): Promise<Fetched | null> {
  try {
    signal.throwIfAborted();
    return await reader.read(signal);
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

/** Leaves out what lies at or beyond `end`. */
function upTo(fetched: Fetched, end: number | null): Fetched {
  if (end === null || fetched.nextOffset <= end) return fetched;
  return {
    ...fetched,
    messages: fetched.messages.filter((message) => message.offset < end),
    nextOffset: end,
  };
}
