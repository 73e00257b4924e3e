import type { Consumer, Deliveries, Fetched, Hold, Queue, QueueReader } from '../cluster.js';
import { RocketmqError, type RocketmqErrorCode } from '../errors.js';
import { missingGroup, missingTopic, notSeenYet } from './missing.js';
import { ConsumerSession, type SessionOptions } from './session.js';
import { TopicInbox } from './topic-inbox.js';

/**
 * A member of a group through a proxy. Each topic is one queue, whose offsets are a count of what was
 * delivered here: they mean nothing to others, nor after a restart. `commit` acknowledges.
 */
export class GrpcConsumer implements Consumer {
  readonly group: string;
  readonly offsetsLast = false;
  readonly member = null;
  readonly #session: ConsumerSession;
  readonly #inboxes: ReadonlyMap<string, TopicInbox>;
  readonly #onClose: () => void;
  #closed = false;

  private constructor(
    group: string,
    session: ConsumerSession,
    inboxes: ReadonlyMap<string, TopicInbox>,
    onClose: () => void,
  ) {
    this.group = group;
    this.#session = session;
    this.#inboxes = inboxes;
    this.#onClose = onClose;
  }

  /**
   * `made`: the topics and the group are known to exist, and a proxy that does not see them has to be asked
   * again. Else throws `topic_not_found` and `group_not_found`, within ten seconds.
   */
  static async open(
    options: SessionOptions,
    group: string,
    topics: readonly string[],
    opened: { readonly made: boolean; readonly leftBehind: boolean; readonly onClose: () => void },
  ): Promise<GrpcConsumer> {
    const session = new ConsumerSession(options, group, topics);
    try {
      await openSession(session, group, topics, opened.made);
    } catch (error) {
      await session.shutdown();
      throw error;
    }
    const { requestTimeoutMs } = options;
    const { leftBehind } = opened;
    const inboxes = topics.map(
      (topic) => [topic, new TopicInbox({ session, topic, requestTimeoutMs, leftBehind })] as const,
    );
    return new GrpcConsumer(group, session, new Map(inboxes), opened.onClose);
  }

  async queues(): Promise<readonly Queue[]> {
    this.#checkOpen();
    return Promise.resolve([...this.#inboxes.values()].map(({ queue }) => queue));
  }

  onQueuesChanged(): void {
    // A topic stays one queue, however many its brokers have.
  }

  /** The proxy deals out messages, not queues. */
  hold(): Hold {
    return 'held';
  }

  share(): null {
    return null;
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  async committed(queue: Queue): Promise<number | null> {
    return Promise.resolve(this.#inbox(queue).committed);
  }

  commit(queue: Queue, offset: number): Promise<void> {
    return this.#inbox(queue).acknowledge(offset);
  }

  brokerRun(): Promise<null> {
    return Promise.resolve(null);
  }

  async offsetFor(queue: Queue, from: 'earliest' | 'latest' | number): Promise<number> {
    const { committed, delivered } = this.#inbox(queue);
    return Promise.resolve(from === 'latest' ? delivered : committed);
  }

  end(queue: Queue): Promise<number> {
    return this.#inbox(queue).end();
  }

  reader(queue: Queue, offset: number, { maxBytes }: { maxBytes: number }): QueueReader {
    const inbox = this.#inbox(queue);
    inbox.open(offset, maxBytes);
    let open = true;
    return {
      queue: inbox.queue,
      read: async (signal?: AbortSignal): Promise<Fetched> => {
        if (!open) throw new RocketmqError('closed', 'the reader is closed');
        return inbox.read(signal);
      },
      close: () => {
        open = false;
        inbox.pause();
      },
    };
  }

  deliveries(): Deliveries {
    const inboxes = [...this.#inboxes.values()];
    return {
      unacknowledged: inboxes.reduce((sum, { unacknowledged }) => sum + unacknowledged, 0),
      pending: inboxes.some(({ unacknowledged, isWaiting }) => unacknowledged > 0 || isWaiting),
      redelivered: inboxes.reduce((sum, { redelivered }) => sum + redelivered, 0),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#inboxes.values()].map((inbox) => inbox.close()));
    await this.#session.shutdown();
    this.#onClose();
  }

  #inbox({ topic }: Queue): TopicInbox {
    this.#checkOpen();
    const inbox = this.#inboxes.get(topic);
    if (inbox === undefined)
      throw new RocketmqError('invalid', `group ${this.group} does not read topic ${topic}`);
    return inbox;
  }

  #checkOpen(): void {
    if (this.#closed) throw new RocketmqError('closed', `the consumer of group ${this.group} is closed`);
  }
}

async function openSession(
  session: ConsumerSession,
  group: string,
  topics: readonly string[],
  made: boolean,
): Promise<void> {
  await session.startup();
  for (const topic of topics) {
    await session.route(topic).catch((error: unknown) => {
      if (!hasCode(error, 'topic_not_found')) throw error;
      throw made
        ? notSeenYet(`topic ${topic}`, session.addresses, error)
        : missingTopic(topic, session.addresses, error);
    });
  }
  try {
    await session.settled();
  } catch (error) {
    // A proxy refuses the settings of a group that is not there; older ones just do not answer.
    if (!hasCode(error, 'invalid') && !hasCode(error, 'timeout')) throw error;
    throw made
      ? notSeenYet(`consumer group ${group}`, session.addresses, error)
      : missingGroup(group, session.addresses, error);
  }
}

function hasCode(error: unknown, code: RocketmqErrorCode): boolean {
  return error instanceof RocketmqError && error.code === code;
}
