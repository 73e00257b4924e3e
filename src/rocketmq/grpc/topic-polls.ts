import { setTimeout as sleep } from 'node:timers/promises';
import type { RocketmqError } from '../errors.js';
import {
  Code,
  Permission,
  requests,
  type MessageQueue,
  type ReceiveMessageResponse,
} from './client-package.js';
import { answerFault, callFault } from './fault.js';
import { received, type Received } from './received.js';
import type { ConsumerSession } from './session.js';

/** A proxy gives at most so many, whatever is asked for. */
export const mostPerPoll = 32;
/** The shortest wait a proxy knows: a topic's end is told by waits that bring nothing. */
const waitMs = 5_000;
/** Beside the first, while answers are full. */
const helpersPerBroker = 3;
const firstRetryMs = 200;
const lastRetryMs = 5_000;

export interface TopicPollsOptions {
  readonly session: ConsumerSession;
  readonly topic: string;
  readonly invisibleMs: number;
  readonly requestTimeoutMs: number;
  /** Resolves when there is room for more. */
  readonly room: (signal: AbortSignal) => Promise<void>;
  /** Whether nothing is held now. */
  readonly idle: () => boolean;
  readonly onMessages: (messages: readonly Received[], queue: MessageQueue, askedAt: number) => void;
  readonly onPolled: (broker: string, startedAt: number, messages: number, alone: boolean) => void;
  /** A call broke: messages may have been given to it. */
  readonly onFault: (broker: string, fault: RocketmqError) => void;
  /** A call worked, after one that did not or for the first time. */
  readonly onRecovered: () => void;
}

/**
 * Receives the messages of one topic: a long poll at each broker all the time, and some beside it while
 * there is a backlog. What fails is asked again; `close` cancels what waits.
 */
export class TopicPolls {
  readonly #options: TopicPollsOptions;
  readonly #stop = new AbortController();
  readonly #loops = new Map<string, Promise<void>>();
  #refresh: NodeJS.Timeout | undefined;

  constructor(options: TopicPollsOptions) {
    this.#options = options;
  }

  /** Starts polling the brokers of the route, and ones that come later. */
  async start(): Promise<void> {
    await this.#follow();
    this.#refresh = setInterval(() => {
      // A route that cannot be had now stays as it is; the polls themselves tell what does not work.
      this.#follow().catch(() => undefined);
    }, 10_000).unref();
  }

  brokers(): readonly string[] {
    return [...this.#loops.keys()];
  }

  async close(): Promise<void> {
    clearInterval(this.#refresh);
    this.#stop.abort(new Error('the consumer is closed'));
    await Promise.all(this.#loops.values());
  }

  async #follow(): Promise<void> {
    for (const broker of (await this.#queues()).keys()) {
      if (!this.#loops.has(broker)) this.#loops.set(broker, this.#poll(broker));
    }
  }

  /** One queue to name each broker by. */
  async #queues(): Promise<ReadonlyMap<string, MessageQueue>> {
    const { session, topic } = this.#options;
    const { messageQueues } = await session.route(topic);
    const readable = messageQueues.filter(
      ({ permission, broker }) =>
        broker.id === 0 && (permission === Permission.READ || permission === Permission.READ_WRITE),
    );
    return new Map(readable.map((queue) => [queue.broker.name, queue]));
  }

  /** Until the broker leaves the route, or the end. */
  async #poll(broker: string): Promise<void> {
    const { onFault, onRecovered, onPolled, idle, room } = this.#options;
    const { signal } = this.#stop;
    const helpers = new Set<Promise<void>>();
    let retryMs = 0;
    while (!signal.aborted) {
      try {
        await room(signal);
        const queue = (await this.#queues()).get(broker);
        if (queue === undefined) break;
        const startedAt = performance.now();
        const alone = helpers.size === 0 && idle();
        const count = await this.#receive(queue);
        onPolled(broker, startedAt, count, alone);
        if (retryMs > 0) onRecovered();
        retryMs = 0;
        if (count >= mostPerPoll && helpers.size < helpersPerBroker) {
          const helper = this.#help(queue).finally(() => helpers.delete(helper));
          helpers.add(helper);
        }
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        onFault(broker, callFault(error, this.#what, this.#options.session.addresses));
        retryMs = Math.min(lastRetryMs, Math.max(firstRetryMs, retryMs * 2));
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
    await Promise.all(helpers);
    this.#loops.delete(broker);
  }

  /** Polls while answers are full. What it fails with, the first poll will fail with too. */
  async #help(queue: MessageQueue): Promise<void> {
    const { signal } = this.#stop;
    const { room, onFault, onPolled, session } = this.#options;
    try {
      let count = mostPerPoll;
      while (!signal.aborted && count >= mostPerPoll) {
        await room(signal);
        const startedAt = performance.now();
        count = await this.#receive(queue);
        onPolled(queue.broker.name, startedAt, count, false);
      }
    } catch (error) {
      if (!signal.aborted) onFault(queue.broker.name, callFault(error, this.#what, session.addresses));
    }
  }

  async #receive(queue: MessageQueue): Promise<number> {
    const { session, topic, invisibleMs, requestTimeoutMs, onMessages } = this.#options;
    const askedAt = performance.now();
    const request = session.receiveRequest(queue, mostPerPoll, invisibleMs, waitMs);
    const responses = await session.channels.receive(
      queue.broker.endpoints,
      request,
      waitMs + requestTimeoutMs,
      this.#stop.signal,
    );
    const messages = await this.#messagesOf(responses, topic);
    if (messages.length > 0) onMessages(messages, queue, askedAt);
    return messages.length;
  }

  async #messagesOf(
    responses: readonly ReceiveMessageResponse[],
    topic: string,
  ): Promise<readonly Received[]> {
    const { ContentCase } = requests.ReceiveMessageResponse;
    const messages: Received[] = [];
    let fault: RocketmqError | null = null;
    for (const response of responses) {
      const message = response.getMessage();
      if (response.getContentCase() === ContentCase.STATUS) {
        const status = response.getStatus();
        const code = status?.getCode() ?? Code.OK;
        if (code === Code.OK || code === Code.MESSAGE_NOT_FOUND) continue;
        fault = answerFault(code, status?.getMessage() ?? '', this.#what, this.#options.session.addresses);
      } else if (message !== undefined) {
        messages.push(await received(message, topic));
      }
    }
    if (fault !== null && messages.length === 0) throw fault;
    return messages;
  }

  get #what(): string {
    return `receiving from topic ${this.#options.topic}`;
  }
}
