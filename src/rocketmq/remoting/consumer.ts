import type { Consumer, Queue, QueueReader } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import type { Members } from './members.js';
import type { Ask } from './request.js';
import { WireQueueReader } from './queue-reader.js';
import { queryConsumerOffset, updateConsumerOffset } from './requests/consumer-offset.js';
import { pull } from './requests/pull.js';
import { queryMaxOffset, queryMinOffset, searchOffset } from './requests/queue-offsets.js';
import { queryRuntimeInfo } from './requests/runtime-info.js';
import { readableQueues, type Routes } from './routes.js';

/** `bootTimestamp` is milliseconds since 1970 (StoreStatsService.getRuntimeInfo). */
async function brokerRun(ask: Ask): Promise<string | null> {
  try {
    return (await queryRuntimeInfo(ask))('bootTimestamp') ?? null;
  } catch (error) {
    if (error instanceof RocketmqError && ['broker_error', 'denied'].includes(error.code)) return null;
    throw error;
  }
}

const refreshMs = 30_000;

export class WireConsumer implements Consumer {
  readonly group: string;
  readonly offsetsLast = true;
  readonly #topics: readonly string[];
  readonly #routes: Routes;
  readonly #members: Members;
  readonly #listeners: ((queues: readonly Queue[]) => void)[] = [];
  readonly #readers = new Set<QueueReader>();
  readonly #refresh: NodeJS.Timeout;
  #lastQueues: readonly Queue[] | undefined;
  #closed = false;

  /** The group has to exist; `Members` must know of it before anything is read. */
  constructor(group: string, topics: readonly string[], routes: Routes, members: Members) {
    this.group = group;
    this.#topics = topics;
    this.#routes = routes;
    this.#members = members;
    this.#refresh = setInterval(() => {
      // What fails here fails for the readers too, and they say so; the next round tries again.
      this.#look({ fresh: true }).catch(() => undefined);
    }, refreshMs).unref();
  }

  async queues(): Promise<readonly Queue[]> {
    return this.#look({ fresh: false });
  }

  onQueuesChanged(listener: (queues: readonly Queue[]) => void): void {
    this.#listeners.push(listener);
  }

  committed({ topic, broker, queue }: Queue): Promise<number | null> {
    return this.#at({ topic, broker, queue }, (ask) => queryConsumerOffset(ask, this.group, topic, queue));
  }

  commit({ topic, broker, queue }: Queue, offset: number): Promise<void> {
    return this.#at({ topic, broker, queue }, (ask) =>
      updateConsumerOffset(ask, this.group, topic, queue, offset),
    );
  }

  brokerRun(queue: Queue): Promise<string | null> {
    return this.#at(queue, brokerRun);
  }

  offsetFor(queue: Queue, from: 'earliest' | 'latest' | number): Promise<number> {
    return this.#at(queue, (ask) => {
      if (from === 'earliest') return queryMinOffset(ask, queue.topic, queue.queue);
      if (from === 'latest') return queryMaxOffset(ask, queue.topic, queue.queue);
      return searchOffset(ask, queue.topic, queue.queue, from);
    });
  }

  end(queue: Queue): Promise<number> {
    return this.offsetFor(queue, 'latest');
  }

  deliveries(): null {
    return null;
  }

  reader(queue: Queue, offset: number, { maxBytes }: { maxBytes: number }): QueueReader {
    this.#checkOpen();
    const reader = new WireQueueReader({
      queue,
      offset,
      maxBytes,
      pull: (wanted, signal) =>
        this.#routes.at(queue, (ask) =>
          pull(
            ask,
            { group: this.group, topic: queue.topic, broker: queue.broker, queue: queue.queue, ...wanted },
            signal,
          ),
        ),
      onClose: () => this.#readers.delete(reader),
    });
    this.#readers.add(reader);
    return reader;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#refresh);
    for (const reader of this.#readers) reader.close();
    await this.#members.leaveAsConsumer(this.group, this.#topics);
  }

  async #look(options: { fresh: boolean }): Promise<readonly Queue[]> {
    this.#checkOpen();
    const routes = await Promise.all(this.#topics.map((topic) => this.#routes.get(topic, options)));
    const queues = routes.flatMap(readableQueues);
    const previous = this.#lastQueues;
    this.#lastQueues = queues;
    if (previous !== undefined && !sameQueues(previous, queues)) {
      for (const listener of this.#listeners) listener(queues);
    }
    return queues;
  }

  #at: Routes['at'] = async (queue, use) => {
    this.#checkOpen();
    return this.#routes.at(queue, use);
  };

  #checkOpen(): void {
    if (this.#closed) throw new RocketmqError('closed', `the consumer of group ${this.group} is closed`);
  }
}

function sameQueues(left: readonly Queue[], right: readonly Queue[]): boolean {
  return (
    left.length === right.length &&
    left.every((queue, index) => {
      const other = right[index];
      return other?.topic === queue.topic && other.broker === queue.broker && other.queue === queue.queue;
    })
  );
}
