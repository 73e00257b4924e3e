import type { OutMessage, Producer, Queue } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import {
  Code,
  MessageType,
  Permission,
  type MessageQueue,
  type SendMessageResponse,
  type TopicRouteData,
} from './client-package.js';
import { answerFault, callFault } from './fault.js';
import { laneBroker } from '../lane-broker.js';
import { messageGroup } from './message-group.js';
import { missingTopic, notSeenYet } from './missing.js';
import { maxBodyBytes, sendRequest, sizeInRequest } from './send-request.js';
import type { ProducerSession } from './session.js';

/** Ways into a topic that are used at once. The proxy chooses the queue; these only keep apart what is in order. */
const laneCount = 4;
/** Where messages travel one by one: so many of a lane are on their way at once. */
const singlesInFlight = 16;

export interface GrpcProducerOptions {
  readonly requestTimeoutMs: number;
  /** Topics are known to exist: a proxy that does not see one has to be asked again. */
  readonly made: boolean;
}

/**
 * The disk or a replica was slow to confirm, or there is no replica, yet the messages are stored: sending them again
 * would double them, for ever where a replica is away. (proxy.grpc.v2.producer.SendMessageActivity)
 */
const storedCodes: ReadonlySet<number> = new Set([
  Code.OK,
  Code.MASTER_PERSISTENCE_TIMEOUT,
  Code.SLAVE_PERSISTENCE_TIMEOUT,
  Code.HA_NOT_AVAILABLE,
]);

/** How a topic takes messages now. */
interface TopicWay {
  readonly queues: readonly MessageQueue[];
  readonly fifo: boolean;
}

/**
 * Sends through a proxy, many messages in a request. A batch lands in one queue, the next in another, also in
 * a FIFO topic: a proxy looks at the message group only of a request with one message. So those travel
 * one by one, in order within their group (the ordering key, else the lane), groups beside each other.
 */
export class GrpcProducer implements Producer {
  /** The sizes of messages have all that stands around them: a body of the full size travels alone. */
  readonly maxBatchBytes = maxBodyBytes;
  readonly maxBatchMessages = 1_000;
  readonly #session: () => Promise<ProducerSession>;
  readonly #options: GrpcProducerOptions;
  readonly #singly = new Set<string>();
  #next = 0;
  #closed = false;

  constructor(session: () => Promise<ProducerSession>, options: GrpcProducerOptions) {
    this.#session = session;
    this.#options = options;
  }

  async queues(topic: string): Promise<readonly Queue[]> {
    await this.#way(await this.#open(), topic);
    return Array.from({ length: laneCount }, (_, queue) => ({ topic, broker: laneBroker, queue }));
  }

  knows({ broker }: Queue): boolean {
    return broker === laneBroker;
  }

  sizeOf(message: OutMessage): number {
    return sizeInRequest(message);
  }

  async send(queue: Queue, messages: readonly OutMessage[], signal?: AbortSignal): Promise<{ offset: null }> {
    signal?.throwIfAborted();
    const session = await this.#open();
    const { queues, fifo } = await this.#way(session, queue.topic);
    const target = queues[this.#next++ % queues.length];
    if (target === undefined) {
      // Nothing is wrong with the messages, as `invalid` would say.
      throw new RocketmqError(
        'unreachable',
        `topic ${queue.topic} has no queue to write to at the moment: its masters are away, or it may only be read`,
        { address: session.addresses },
      );
    }
    const send = (some: readonly OutMessage[], group: string | null = null): Promise<void> =>
      this.#send(session, target, some, group, signal);
    if (fifo) await inGroups(messages, `${queue.broker}-${queue.queue}`, send);
    else if (messages.length > 1 && this.#singly.has(queue.topic)) await oneByOne(messages, send);
    else await this.#together(queue.topic, messages, send);
    return { offset: null };
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  /** A server that takes only one message a request refuses the batch, and takes its first message alone. */
  async #together(
    topic: string,
    messages: readonly OutMessage[],
    send: (some: readonly OutMessage[]) => Promise<void>,
  ): Promise<void> {
    try {
      await send(messages);
    } catch (error) {
      const refused =
        error instanceof RocketmqError && (error.code === 'invalid' || error.code === 'unsupported');
      if (!refused || messages.length < 2) throw error;
      await oneByOne(messages, send);
      this.#singly.add(topic);
    }
  }

  async #send(
    session: ProducerSession,
    queue: MessageQueue,
    messages: readonly OutMessage[],
    group: string | null,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { endpoints } = queue.broker;
    const topic = queue.topic.name;
    const request = sendRequest(session, queue, messages, group);
    try {
      const answer = await session.channels.sendMessage(
        endpoints,
        request,
        this.#options.requestTimeoutMs,
        signal,
      );
      checkStored(answer, `sending to topic ${topic}`, session.addresses);
    } catch (error) {
      signal?.throwIfAborted();
      const fault = callFault(error, `sending to topic ${topic}`, session.addresses);
      throw this.#absent(fault, topic, session.addresses);
    }
  }

  async #way(session: ProducerSession, topic: string): Promise<TopicWay> {
    try {
      return wayOf(topic, await session.route(topic));
    } catch (error) {
      throw this.#absent(error, topic, session.addresses);
    }
  }

  #absent(error: unknown, topic: string, address: string): unknown {
    if (!(error instanceof RocketmqError) || error.code !== 'topic_not_found') return error;
    return this.#options.made
      ? notSeenYet(`topic ${topic}`, address, error)
      : missingTopic(topic, address, error);
  }

  #open(): Promise<ProducerSession> {
    if (this.#closed) return Promise.reject(new RocketmqError('closed', 'the producer is closed'));
    return this.#session();
  }
}

async function oneByOne(
  messages: readonly OutMessage[],
  send: (some: readonly OutMessage[]) => Promise<void>,
): Promise<void> {
  await sideBySide(messages, (message) => send([message]));
}

async function inGroups(
  messages: readonly OutMessage[],
  lane: string,
  send: (some: readonly OutMessage[], group: string) => Promise<void>,
): Promise<void> {
  const groups = new Map<string, OutMessage[]>();
  for (const message of messages) {
    const { orderingKey = '' } = message;
    const group = orderingKey === '' ? lane : messageGroup(orderingKey);
    const others = groups.get(group);
    if (others === undefined) groups.set(group, [message]);
    else others.push(message);
  }
  await sideBySide([...groups], async ([group, inOrder]) => {
    for (const message of inOrder) await send([message], group);
  });
}

/** Some at a time. After a failure no other is begun, and it is thrown when what was begun has ended. */
async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  const faults: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const item of left) {
      if (faults.length > 0) return;
      await work(item).catch((error: unknown) => faults.push(error));
    }
  };
  await Promise.all(Array.from({ length: singlesInFlight }, worker));
  if (faults.length > 0) throw faults[0];
}

function wayOf(topic: string, route: TopicRouteData): TopicWay {
  const queues = route.messageQueues.filter(
    ({ permission, broker }) =>
      broker.id === 0 && (permission === Permission.WRITE || permission === Permission.READ_WRITE),
  );
  const types = new Set(queues.flatMap(({ acceptMessageTypesList }) => acceptMessageTypesList));
  if (types.size === 0 || types.has(MessageType.NORMAL)) return { queues, fifo: false };
  if (types.has(MessageType.FIFO)) return { queues, fifo: true };
  throw new RocketmqError(
    'unsupported',
    `topic ${topic} takes neither normal nor FIFO messages; make one with -a +message.type=NORMAL`,
  );
}

/** A real proxy answers one entry for a whole batch, others may answer one a message. */
function checkStored(answer: SendMessageResponse, what: string, address: string): void {
  const statuses = [answer.getStatus(), ...answer.getEntriesList().map((entry) => entry.getStatus())];
  for (const status of statuses) {
    const code: number = status?.getCode() ?? Code.OK;
    if (storedCodes.has(code) || code === Code.MULTIPLE_RESULTS) continue;
    const fault = answerFault(code, status?.getMessage() ?? '', what, address);
    if (fault !== null) throw fault;
  }
  if (answer.getEntriesList().length === 0) {
    throw new RocketmqError('protocol', `${what}: the proxy at ${address} answered no receipt`, { address });
  }
}
