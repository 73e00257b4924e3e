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
import { emptyPolls } from './topic-end.js';

/** A proxy gives at most so many, whatever is asked for. */
const mostPerPoll = 32;
/** The shortest wait a proxy knows, whatever is asked for. */
const waitMs = 5_000;
/** Asked for where it is only a matter of whether anything is left: other servers than a proxy wait no longer. */
const lookMs = 1_000;
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
  /** Resolves when something is held, or nothing. */
  readonly until: (state: 'busy' | 'idle', signal: AbortSignal) => Promise<void>;
  readonly onMessages: (messages: readonly Received[], queue: MessageQueue, askedAt: number) => void;
  /** A call worked. `still`: nothing was held while it was under way. */
  readonly onPolled: (broker: string, startedAt: number, messages: number, still: boolean) => void;
  /** A call broke: messages may have been given to it. */
  readonly onFault: (broker: string, fault: RocketmqError) => void;
}

/**
 * Receives the messages of one topic: a long poll at each broker all the time, and some beside it while
 * there is a backlog. What fails is asked again; `close` cancels what waits.
 */
export class TopicPolls {
  readonly #options: TopicPollsOptions;
  readonly #stop = new AbortController();
  readonly #loops = new Map<string, Promise<void>>();
  readonly #underway = new Set<Promise<unknown>>();
  #refresh: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;

  constructor(options: TopicPollsOptions) {
    this.#options = options;
  }

  /** Starts polling the brokers of the route, and ones that come later. */
  async start(): Promise<void> {
    await this.#follow();
    if (this.#stop.signal.aborted) return;
    this.#refresh = setInterval(() => {
      // A route that cannot be had now stays as it is; the polls themselves tell what does not work.
      this.#follow().catch(() => undefined);
    }, 10_000).unref();
  }

  /**
   * From now on, as soon as nothing is held, it is looked whether anything is left: with as many polls at a
   * time as have to find nothing, at each broker, until `isEnd`; from then on nothing more is asked for.
   * Broker and proxy look at the queues when a poll starts, when something arrives, and when its time is
   * over, so that polls at a time tell as much as one after the other.
   */
  look(isEnd: () => boolean): void {
    this.#looking = Promise.resolve(this.#looking).then(() => this.#lookUntil(isEnd));
  }

  /** Whether messages may be on their way. */
  get isWaiting(): boolean {
    return this.#underway.size > 0;
  }

  brokers(): readonly string[] {
    return [...this.#loops.keys()];
  }

  async close(): Promise<void> {
    clearInterval(this.#refresh);
    this.#stop.abort(new Error('the consumer is closed'));
    await Promise.all([...this.#loops.values(), this.#looking]);
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

  async #poll(broker: string): Promise<void> {
    const { onFault, room, until } = this.#options;
    const { signal } = this.#stop;
    const helpers = new Set<Promise<void>>();
    let retryMs = 0;
    while (!signal.aborted) {
      try {
        await room(signal);
        if (this.#looking !== null) await until('busy', signal);
        const queue = (await this.#queues()).get(broker);
        if (queue === undefined) break;
        const count = await this.#receive(queue, waitMs);
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

  async #lookUntil(isEnd: () => boolean): Promise<void> {
    const { until } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await until('idle', signal).catch(() => undefined);
      // A route that cannot be had now can be had later; the polls themselves tell what does not work.
      const queues = await this.#queues().catch(() => new Map<string, MessageQueue>());
      const looks = [...queues.values()].map((queue) => this.#lookAt(queue));
      const looked = looks.length > 0 && (await Promise.all(looks)).every(Boolean);
      await Promise.all(this.#underway);
      if (looked && this.#underway.size === 0 && isEnd()) return;
      if (!looked) await sleep(lookMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** False: a poll broke. */
  async #lookAt(queue: MessageQueue): Promise<boolean> {
    const polls = Array.from({ length: emptyPolls }, () => this.#receive(queue, lookMs));
    const results = await Promise.allSettled(polls);
    const broken = results.find((result) => result.status === 'rejected');
    if (broken === undefined) return true;
    const { onFault, session } = this.#options;
    if (!this.#stop.signal.aborted) {
      onFault(queue.broker.name, callFault(broken.reason, this.#what, session.addresses));
    }
    return false;
  }

  /** Polls while answers are full. What it fails with, the first poll will fail with too. */
  async #help(queue: MessageQueue): Promise<void> {
    const { signal } = this.#stop;
    const { room, onFault, session } = this.#options;
    try {
      let count = mostPerPoll;
      while (!signal.aborted && count >= mostPerPoll) {
        await room(signal);
        count = await this.#receive(queue, waitMs);
      }
    } catch (error) {
      if (!signal.aborted) onFault(queue.broker.name, callFault(error, this.#what, session.addresses));
    }
  }

  async #receive(queue: MessageQueue, ms: number): Promise<number> {
    const receiving = this.#ask(queue, ms);
    const ended = receiving.catch(() => undefined).finally(() => this.#underway.delete(ended));
    this.#underway.add(ended);
    return receiving;
  }

  async #ask(queue: MessageQueue, ms: number): Promise<number> {
    const { session, topic, invisibleMs, requestTimeoutMs, onMessages, onPolled, idle } = this.#options;
    const askedAt = performance.now();
    const wasIdle = idle();
    const request = session.receiveRequest(queue, mostPerPoll, invisibleMs, ms);
    const responses = await session.channels.receive(
      queue.broker.endpoints,
      request,
      // However short a wait is asked for, a proxy wants the time for its own.
      waitMs + requestTimeoutMs,
      this.#stop.signal,
    );
    const messages = await this.#messagesOf(responses, topic);
    const still = wasIdle && idle();
    if (messages.length > 0) onMessages(messages, queue, askedAt);
    onPolled(queue.broker.name, askedAt, messages.length, still);
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
