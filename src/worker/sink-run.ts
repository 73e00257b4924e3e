import type { SinkDefinition } from '../job/definition.js';
import type { Consumer, Fetched, Queue, QueueReader } from '../rocketmq/cluster.js';
import type { SinkTask } from '../sdk/index.js';
import type { BadRecords } from './bad-records.js';
import { Inbox } from './inbox.js';
import type { TaskMonitor } from './monitor.js';
import { queueName } from './queue-deal.js';
import { retrying, type RetryOptions } from './retry.js';
import { SinkWriter } from './sink-writer.js';
import { startOffset } from './start-offset.js';
import type { TaskEnd } from './supervise.js';

export interface SinkRunOptions {
  readonly definition: SinkDefinition;
  readonly task: SinkTask;
  readonly consumer: Consumer;
  readonly queues: readonly Queue[];
  /** Where to end each queue, by its name, once that is known; null: never. */
  readonly ends: Promise<ReadonlyMap<string, number>> | null;
  readonly monitor: TaskMonitor;
  readonly warn: (message: string) => void;
  readonly badRecords: BadRecords;
  readonly retry: Pick<RetryOptions, 'backoff' | 'giveUpAfterMs'>;
  /** How long a single record that the sink refuses for now is tried again. */
  readonly recordTimeoutMs: number;
  /** Drops what is in hand. */
  readonly kill: AbortSignal;
}

/** Bytes fetched but not yet written, at the most, for each task: half asked ahead, half waiting. */
const bufferBytes = 2 * 1024 * 1024;
const writeMessages = 2_000;
const commitEveryMs = 2_000;

/** One queue on its way through the task. */
interface Channel {
  readonly queue: Queue;
  readonly reader: QueueReader;
  /** Where the next fetch starts. */
  fetched: number;
  /** Everything below is written. */
  written: number;
  committed: number;
  /** Where it ends; null while not known, or never. */
  end: number | null;
  /** Ends a long poll that waits for what will not come. */
  readonly close: AbortController;
}

/** One run of a sink task: fetch → format → transforms → write → group offset. */
export class SinkRun {
  readonly #options: SinkRunOptions;
  readonly #inbox = new Inbox(bufferBytes / 2);
  readonly #failed = new AbortController();
  readonly #cancel: AbortSignal;

  constructor(options: SinkRunOptions) {
    this.#options = options;
    this.#cancel = AbortSignal.any([this.#failed.signal, options.kill]);
  }

  /** Ends at the queues' ends where those are given, or soon after `stop` aborts: offsets committed. */
  async run(stop: AbortSignal): Promise<TaskEnd> {
    const fetching = AbortSignal.any([stop, this.#cancel]);
    const channels = await this.#openChannels(fetching);
    if (channels === null) return 'stopped';
    const fetchers = this.#startFetchers(channels, fetching);
    const commitTimer = setInterval(() => {
      this.#inbox.wake();
    }, commitEveryMs);
    const writer = this.#openWriter(channels);
    try {
      await this.#writeUntil(fetchers, channels, writer, stop);
      await this.#commit(channels, this.#cancel);
    } catch (error) {
      // Once: what is written before the record that failed need not come again.
      await this.#commit(channels, AbortSignal.abort(error)).catch(() => undefined);
      this.#failed.abort(error);
      throw error;
    } finally {
      clearInterval(commitTimer);
      writer.close();
      this.#failed.abort(new Error('the run is over'));
      await fetchers.ended;
      for (const { reader } of channels) reader.close();
    }
    return stop.aborted ? 'stopped' : 'finished';
  }

  async #openChannels(signal: AbortSignal): Promise<readonly Channel[] | null> {
    const { queues, monitor } = this.#options;
    for (const queue of queues) monitor.has(queueName(queue));
    try {
      return await Promise.all(queues.map((queue) => this.#openChannel(queue, signal)));
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }

  async #openChannel(queue: Queue, signal: AbortSignal): Promise<Channel> {
    const { consumer, definition, warn, queues } = this.#options;
    const offset = await this.#retrying(() => startOffset(consumer, queue, definition.from, warn), signal);
    return {
      queue,
      reader: consumer.reader(queue, offset, { maxBytes: bufferBytes / 2 / queues.length }),
      fetched: offset,
      written: offset,
      committed: offset,
      end: null,
      close: new AbortController(),
    };
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
    void this.#options.ends?.then(
      (ends) => {
        for (const channel of channels) endChannel(channel, ends.get(queueName(channel.queue)) ?? 0);
      },
      (error: unknown) => {
        this.#failed.abort(error);
      },
    );
    return fetchers;
  }

  async #fetch(channel: Channel, signal: AbortSignal): Promise<void> {
    for (;;) {
      const fetched = await readUnlessAborted(channel.reader, signal);
      if (fetched === null) return;
      const wanted = upTo(fetched, channel.end);
      channel.fetched = wanted.nextOffset;
      if (channel.end !== null && channel.fetched >= channel.end) channel.close.abort();
      await this.#inbox.add(channel.queue, wanted, signal);
    }
  }

  /** Writes until nothing is left to come. After `stop` only what is being written is finished. */
  async #writeUntil(
    fetchers: Fetchers,
    channels: readonly Channel[],
    writer: SinkWriter,
    stop: AbortSignal,
  ): Promise<void> {
    let nextCommit = Date.now() + commitEveryMs;
    while (!stop.aborted && (fetchers.running > 0 || !this.#inbox.isEmpty)) {
      const deliveries = await this.#inbox.take(writeMessages);
      this.#cancel.throwIfAborted();
      if (!(await writer.write(deliveries, stop))) return;
      this.#inbox.done(deliveries);
      if (Date.now() >= nextCommit) {
        await this.#commit(channels, stop);
        nextCommit = Date.now() + commitEveryMs;
      }
    }
    if (!stop.aborted) await writer.writeWaiting(stop);
    this.#cancel.throwIfAborted();
  }

  #openWriter(channels: readonly Channel[]): SinkWriter {
    const byName = new Map(channels.map((channel) => [queueName(channel.queue), channel]));
    return new SinkWriter({
      ...this.#options,
      cancel: this.#cancel,
      onWritten: (queue, offset) => {
        const channel = byName.get(queueName(queue));
        if (channel !== undefined) channel.written = offset;
      },
      wake: () => {
        this.#inbox.wake();
      },
    });
  }

  async #commit(channels: readonly Channel[], giveUp: AbortSignal): Promise<void> {
    const moved = channels.filter((channel) => channel.written > channel.committed);
    if (moved.length === 0) return;
    const { task, consumer } = this.#options;
    const written = moved.map((channel) => channel.written);
    await this.#retrying(async () => task.flush?.(), giveUp);
    await Promise.all(
      moved.map(async (channel, index) => {
        const offset = written[index] ?? channel.committed;
        await this.#retrying(() => consumer.commit(channel.queue, offset), giveUp);
        channel.committed = offset;
      }),
    );
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
