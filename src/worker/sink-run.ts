import type { SinkDefinition } from '../job/definition.js';
import type { Consumer, Fetched, Queue, QueueReader } from '../rocketmq/cluster.js';
import type { SinkOffsets, SinkTask } from '../sdk/index.js';
import type { BadRecords } from './bad-records.js';
import { openChannels, ownOffset, type Channel } from './channel.js';
import { commitOffsets, keepMarks, type CommitSteps } from './commit.js';
import { fetchedMessage } from './flow/describe.js';
import type { ErrorStage } from './flow/task-flow.js';
import { commitHeld, untilHeld } from './hold.js';
import { recordOverheadBytes, type Budget } from './budget.js';
import { Inbox, type Delivery } from './inbox.js';
import type { TaskMonitor } from './monitor.js';
import { queueName } from '../rocketmq/queue-name.js';
import { endsFor, QueueGaps } from './queue-gaps.js';
import type { QueueMarks } from './queue-marks.js';
import { retrying, type RetryOptions } from './retry.js';
import { MeasuredTask } from './flow/measured-task.js';
import { SinkWriter } from './sink-writer.js';
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
  readonly badRecords: BadRecords;
  readonly retry: Pick<RetryOptions, 'backoff' | 'giveUpAfterMs'>;
  /** How long a single record that the sink refuses for now is tried again. */
  readonly recordTimeoutMs: number;
  /** What all tasks of the worker have in flight. */
  readonly inFlight: Budget;
  /** Drops what is in hand. */
  readonly kill: AbortSignal;
}

/** Bytes fetched but not yet written, at the most, for each task: half asked ahead, half waiting. */
const bufferBytes = 2 * 1024 * 1024;
const writeMessages = 2_000;

/** One run of a sink task: fetch → format → transforms → write → group offset. */
export class SinkRun {
  readonly #options: SinkRunOptions;
  readonly #inbox: Inbox;
  readonly #failed = new AbortController();
  readonly #cancel: AbortSignal;
  readonly #gaps: QueueGaps;

  constructor(options: SinkRunOptions) {
    this.#options = options;
    this.#inbox = new Inbox(bufferBytes / 2, options.inFlight);
    const { consumer, definition, marks, monitor, warn } = options;
    this.#gaps = new QueueGaps({
      who: `group ${consumer.group}`,
      ends: endsFor(consumer),
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
    const ending = AbortSignal.any([stop, this.#cancel]);
    const channels = await this.#openChannels(ending);
    if (channels === null) return 'stopped';
    this.#options.monitor.works(() =>
      channels.some(({ fetched, written, max }) => fetched > written || (max !== null && max > fetched)),
    );
    const { flow } = this.#options.monitor;
    flow.runs({
      inFlight: () => this.#inbox.held,
      places: () => channels.map(({ queue, written, max }) => ({ queue, offset: written, end: max })),
    });
    const fetchers = this.#startFetchers(channels, ending);
    const commitTimer = setInterval(() => {
      this.#inbox.wake();
    }, this.#options.definition.commitIntervalMs);
    const writer = this.#openWriter(channels, stop);
    try {
      await this.#writeUntil(fetchers, channels, writer, { stop, ending });
      const last = this.#committing(this.#cancel, stop);
      await flow.timed('commit', () => commitOffsets(channels, last));
      await keepMarks(channels, last);
    } catch (error) {
      // Once: what is written before the record that failed need not come again.
      const given = AbortSignal.abort(error);
      await commitOffsets(channels, this.#committing(given, given)).catch(() => undefined);
      this.#failed.abort(error);
      throw error;
    } finally {
      clearInterval(commitTimer);
      flow.runs(null);
      writer.close();
      this.#failed.abort(new Error('the run is over'));
      await fetchers.ended;
      this.#inbox.close();
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
        retrying: (attempt) => this.#retrying('read', attempt, signal),
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
      const fetched = await this.#read(channel.reader, signal);
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
  async #writeUntil(
    fetchers: Fetchers,
    channels: readonly Channel[],
    writer: SinkWriter,
    { stop, ending }: { readonly stop: AbortSignal; readonly ending: AbortSignal },
  ): Promise<void> {
    const { definition, monitor } = this.#options;
    const { commitIntervalMs } = definition;
    let nextCommit = performance.now() + commitIntervalMs;
    while (!stop.aborted && (fetchers.running > 0 || !this.#inbox.isEmpty)) {
      const deliveries = await this.#inbox.take(writeMessages);
      this.#cancel.throwIfAborted();
      if (!(await this.#isOurs(deliveries, ending))) return;
      this.#came(deliveries);
      if (!(await writer.write(deliveries))) return;
      this.#inbox.done(deliveries);
      for (const { bytes, fetched } of deliveries)
        monitor.flow.bytes += bytes - fetched.messages.length * recordOverheadBytes;
      if (performance.now() >= nextCommit) {
        await monitor.flow.timed('commit', () => commitOffsets(channels, this.#committing(stop, stop)));
        nextCommit = performance.now() + commitIntervalMs;
      }
    }
    if (!stop.aborted) await writer.writeWaiting();
    this.#cancel.throwIfAborted();
  }

  async #read(reader: QueueReader, signal: AbortSignal): Promise<Fetched | null> {
    const { flow } = this.#options.monitor;
    try {
      signal.throwIfAborted();
      return await flow.timed('read', () => reader.read(signal));
    } catch (error) {
      if (signal.aborted) return null;
      flow.failed('read');
      throw error;
    }
  }

  /** Counts what is taken into hand, and shows it to whoever looks. */
  #came(deliveries: readonly Delivery[]): void {
    const { monitor } = this.#options;
    for (const { fetched } of deliveries) {
      monitor.flow.recordsRead += fetched.messages.length;
      if (monitor.flow.taps.isOpen)
        monitor.flow.taps.pass('before', fetched.messages, (message) => fetchedMessage(monitor, message));
    }
  }

  /** False: `ending` aborted before it was sure that their queues are still this worker's. */
  async #isOurs(deliveries: readonly Delivery[], ending: AbortSignal): Promise<boolean> {
    const queues = new Set(deliveries.map(({ queue }) => queue));
    const isOurs = await untilHeld(this.#options.consumer, [...queues], ending);
    this.#cancel.throwIfAborted();
    return isOurs;
  }

  #openWriter(channels: readonly Channel[], stop: AbortSignal): SinkWriter {
    const { consumer, offsets, task, monitor } = this.#options;
    const byName = new Map(channels.map((channel) => [queueName(channel.queue), channel]));
    return new SinkWriter({
      ...this.#options,
      task: new MeasuredTask(task, monitor),
      stop,
      cancel: this.#cancel,
      ownOffset:
        offsets === null
          ? null
          : (queue, offset) => {
              const channel = byName.get(queueName(queue));
              return channel === undefined || channel.written === offset ? null : ownOffset(channel, offset);
            },
      untilHeld: (queues, signal) => untilHeld(consumer, queues, signal),
      onWritten: (queue, offset) => {
        const channel = byName.get(queueName(queue));
        if (channel !== undefined) channel.written = offset;
      },
      wake: () => {
        this.#inbox.wake();
      },
    });
  }

  #committing(giveUp: AbortSignal, stop: AbortSignal): CommitSteps {
    const { task, consumer, offsets } = this.#options;
    return {
      flush: () => this.#retrying('commit', async () => task.flush?.(), giveUp),
      commit: (queue, offset) =>
        this.#retrying('commit', () => commitHeld(consumer, queue, offset, { waits: !stop.aborted }), giveUp),
      keep: (kept) => {
        // What another worker has now is its to say where it stands.
        const held = kept.filter((entry) => consumer.hold(entry) === 'held');
        return this.#retrying('commit', async () => offsets?.set(held), giveUp);
      },
    };
  }

  #retrying<T>(stage: ErrorStage, attempt: () => Promise<T>, giveUp: AbortSignal): Promise<T> {
    const { retry, monitor } = this.#options;
    const signal = AbortSignal.any([giveUp, this.#cancel]);
    return retrying(attempt, {
      ...retry,
      signal,
      onRetry: (error) => {
        monitor.retries(error, stage);
      },
    });
  }
}

interface Fetchers {
  /** How many have not ended. */
  running: number;
  ended: Promise<unknown>;
}

function endChannel(channel: Channel, end: number): void {
  channel.end = end;
  if (channel.fetched >= end) channel.close.abort();
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
