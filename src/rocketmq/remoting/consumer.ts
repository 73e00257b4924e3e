import type { Consumer, Hold, Queue, QueueReader, ReaderOptions, Share } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import { GroupShare } from './group-share.js';
import type { Members } from './members.js';
import type { Ask } from './request.js';
import { openReader } from './open-reader.js';
import { queryConsumerOffset, updateConsumerOffset } from './requests/consumer-offset.js';
import { queryMaxOffset, queryMinOffset, searchOffset } from './requests/queue-offsets.js';
import { queryRuntimeInfo } from './requests/runtime-info.js';
import type { Routes } from './routes.js';
import { queueName } from '../queue-name.js';

/** `bootTimestamp` is milliseconds since 1970 (StoreStatsService.getRuntimeInfo). */
async function brokerRun(ask: Ask): Promise<string | null> {
  try {
    return (await queryRuntimeInfo(ask))('bootTimestamp') ?? null;
  } catch (error) {
    if (error instanceof RocketmqError && ['broker_error', 'denied'].includes(error.code)) return null;
    throw error;
  }
}

export interface WireConsumerOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly routes: Routes;
  readonly members: Members;
  readonly onClose: () => void;
}

export class WireConsumer implements Consumer {
  readonly group: string;
  readonly offsetsLast = true;
  readonly #topics: readonly string[];
  readonly #routes: Routes;
  readonly #members: Members;
  readonly #onClose: () => void;
  readonly #share: GroupShare;
  readonly #listeners: ((queues: readonly Queue[]) => Promise<void>)[] = [];
  readonly #readers = new Set<QueueReader>();
  /** What this member has committed last, by queue. */
  readonly #committed = new Map<string, number>();
  #begun: Promise<void> | undefined;
  #closed = false;

  /** The group has to exist; `Members` must know of it before anything is read. */
  constructor({ group, topics, routes, members, onClose }: WireConsumerOptions) {
    this.group = group;
    this.#topics = topics;
    this.#routes = routes;
    this.#members = members;
    this.#onClose = onClose;
    const onChange = async (queues: readonly Queue[]): Promise<void> => {
      for (const listener of this.#listeners) await listener(queues);
    };
    const movedOn = async (queue: Queue): Promise<boolean> => {
      const ours = this.#committed.get(queueName(queue)) ?? null;
      const now = await this.committed(queue).catch(() => null);
      return ours !== null && now !== null && now > ours;
    };
    this.#share = new GroupShare({ group, topics, routes, members, onChange, movedOn });
  }

  get member(): string {
    return this.#members.clientId;
  }

  async queues(): Promise<readonly Queue[]> {
    this.#checkOpen();
    this.#begun ??= this.#share.begin().catch((error: unknown) => {
      this.#begun = undefined;
      throw error;
    });
    await this.#begun;
    return this.#share.queues;
  }

  onQueuesChanged(listener: (queues: readonly Queue[]) => Promise<void>): void {
    this.#listeners.push(listener);
  }

  hold(queue: Queue): Hold {
    return this.#share.hold(queue);
  }

  share(): Share | null {
    return this.#begun === undefined ? null : this.#share.share;
  }

  release(deadMember: string): Promise<void> {
    this.#checkOpen();
    return this.#share.release(deadMember);
  }

  committed({ topic, broker, queue }: Queue): Promise<number | null> {
    return this.#at({ topic, broker, queue }, (ask) => queryConsumerOffset(ask, this.group, topic, queue));
  }

  async commit(at: Queue, offset: number): Promise<void> {
    const { topic, queue } = at;
    await this.#at(at, (ask) => updateConsumerOffset(ask, this.group, topic, queue, offset));
    this.#committed.set(queueName(at), offset);
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

  reader(queue: Queue, offset: number, options: ReaderOptions): QueueReader {
    this.#checkOpen();
    const reader = openReader(this.#routes, this.group, queue, offset, {
      ...options,
      onClose: () => this.#readers.delete(reader),
    });
    this.#readers.add(reader);
    return reader;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const reader of this.#readers) reader.close();
    try {
      await this.#share.close();
      await this.#members.leaveAsConsumer(this.group, this.#topics);
    } finally {
      this.#onClose();
    }
  }

  #at: Routes['at'] = async (queue, use) => {
    this.#checkOpen();
    return this.#routes.at(queue, use);
  };

  #checkOpen(): void {
    if (this.#closed) throw new RocketmqError('closed', `the consumer of group ${this.group} is closed`);
  }
}
