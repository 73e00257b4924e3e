import type { Fetched, Queue, StoredMessage } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import { callFault } from './fault.js';
import { HeldMessages } from './held.js';
import { laneBroker } from '../lane-broker.js';
import { Receipts } from './receipts.js';
import type { ConsumerSession } from './session.js';
import { TopicEnd } from './topic-end.js';
import { TopicPolls } from './topic-polls.js';

/** How long a delivered message is hidden from others at first; a proxy allows no less than 10 s. */
const firstHiddenMs = 15_000;
/** What is held for longer is hidden for so long again, and again, in time. */
const laterHiddenMs = 30_000;
const hideBeforeMs = 9_000;
const hideEveryMs = 1_000;
/** Each message costs a call of its own. */
const hidesInFlight = 16;
/** Nothing more is asked for while a message is held for longer: it would have to be hidden for longer too. */
const slowAfterMs = 5_000;
/** A broker gives a message that was hidden out again some seconds after its time. */
const revivalMs = 5_000;
/** What is held at the most, read and unread: acknowledgements come every few seconds. */
const heldBytes = 32 * 1024 * 1024;
/** How long a reader waits for messages before it says that there are none. */
const readWaitMs = 10_000;
/** Failures that may pass are told after so long. */
const patienceMs = 30_000;

export interface TopicInboxOptions {
  readonly session: ConsumerSession;
  readonly topic: string;
  readonly requestTimeoutMs: number;
  /** A member before may have left messages unacknowledged: the end is not reached while they are hidden. */
  readonly leftBehind: boolean;
}

/** One topic as a queue: what came, what was read of it, what was acknowledged, and where it ends. */
export class TopicInbox {
  readonly queue: Queue;
  readonly #address: string;
  readonly #held = new HeldMessages();
  readonly #receipts: Receipts;
  readonly #end: TopicEnd;
  readonly #polls: TopicPolls;
  readonly #endWaiters = new Set<{ resolve: (offset: number) => void; reject: (error: unknown) => void }>();
  #hiding: NodeJS.Timeout | undefined;
  #maxUnreadBytes = 0;
  #changed: (() => void)[] = [];
  /** By broker, while its calls break; and '' for a route that cannot be had. */
  readonly #faults = new Map<string, { readonly error: RocketmqError; readonly since: number }>();
  #polling = false;
  #isHiding = false;
  #closed = false;

  constructor(options: TopicInboxOptions) {
    const { session, topic, requestTimeoutMs, leftBehind } = options;
    this.#end = new TopicEnd(leftBehind ? performance.now() + laterHiddenMs + revivalMs : 0);
    this.queue = { topic, broker: laneBroker, queue: 0 };
    this.#address = session.addresses;
    this.#receipts = new Receipts(options);
    this.#polls = new TopicPolls({
      session,
      topic,
      requestTimeoutMs,
      invisibleMs: firstHiddenMs,
      room: (signal) => this.#until(() => this.#hasRoom, signal),
      idle: () => this.#held.count === 0,
      until: (state, signal) => this.#until(() => (this.#held.count === 0) === (state === 'idle'), signal),
      onMessages: (messages, { broker }, askedAt) => {
        for (const got of messages) this.#held.add(got, broker.endpoints, askedAt + firstHiddenMs);
        this.#wake();
      },
      onPolled: (broker, startedAt, messages, still) => {
        this.#end.polled(broker, startedAt, messages, still);
        this.#faults.delete(broker);
      },
      onFault: (broker, error) => {
        this.#end.broke(broker, performance.now() + firstHiddenMs + revivalMs);
        if (!this.#faults.has(broker)) this.#faults.set(broker, { error, since: performance.now() });
        this.#wake();
      },
    });
  }

  /** Offset of the first message that is not acknowledged. */
  get committed(): number {
    return this.#held.base;
  }

  get delivered(): number {
    return this.#held.end;
  }

  get unacknowledged(): number {
    return this.#held.count;
  }

  /** Whether messages may be on their way here. */
  get isWaiting(): boolean {
    return this.#polls.isWaiting;
  }

  get redelivered(): number {
    return this.#held.redelivered;
  }

  /** Reads from the offset on; `maxUnreadBytes` bounds what is asked for ahead. */
  open(offset: number, maxUnreadBytes: number): void {
    this.#held.seek(offset);
    this.#maxUnreadBytes = maxUnreadBytes;
    if (!this.#polling) void this.#startPolls();
    this.#hiding ??= setInterval(() => {
      void this.#hideOverdue();
    }, hideEveryMs);
    this.#wake();
  }

  async #startPolls(): Promise<void> {
    this.#polling = true;
    try {
      await this.#polls.start();
    } catch (error) {
      // The reader tells; the next one tries again.
      this.#polling = false;
      const fault = callFault(error, `topic ${this.queue.topic}`, this.#address);
      this.#faults.set('', { error: fault, since: -patienceMs });
      this.#wake();
    }
  }

  /** Nothing more is asked for until it is opened again. */
  pause(): void {
    this.#maxUnreadBytes = 0;
  }

  async read(signal: AbortSignal | undefined): Promise<Fetched> {
    const until = performance.now() + readWaitMs;
    for (;;) {
      signal?.throwIfAborted();
      if (this.#closed) throw new RocketmqError('closed', 'the consumer is closed');
      if (this.#held.unread > 0 || performance.now() >= until) return this.#fetched(this.#held.read());
      this.#throwDueFault();
      await this.#change(until - performance.now(), signal);
    }
  }

  async acknowledge(offset: number): Promise<void> {
    const held = this.#held.below(offset);
    await this.#receipts.acknowledge(held);
    this.#held.drop(offset);
    this.#wake();
  }

  /** Resolves with the end, once polls that start from now on say that it is reached. Nothing comes after it. */
  end(): Promise<number> {
    this.#end.ask();
    this.#polls.look(() => this.#checkEnd());
    return new Promise<number>((resolve, reject) => {
      this.#endWaiters.add({ resolve, reject });
    });
  }

  /** What is held and hidden for long is given back sooner. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#hiding);
    for (const { reject } of this.#endWaiters) reject(new RocketmqError('closed', 'the consumer is closed'));
    this.#endWaiters.clear();
    this.#wake();
    await this.#polls.close();
    const long = this.#held
      .all()
      .filter((held) => !held.acknowledged && held.hiddenUntil > performance.now() + firstHiddenMs);
    // Whoever comes next gets them later where this does not work.
    await Promise.allSettled(long.map((held) => this.#receipts.hide(held, firstHiddenMs)));
  }

  /** Told once; whoever reads on waits as long for the next. */
  #throwDueFault(): void {
    const now = performance.now();
    for (const [broker, { error, since }] of this.#faults) {
      if (error.retryable && now - since <= patienceMs) continue;
      this.#faults.delete(broker);
      throw error;
    }
  }

  #fetched(messages: readonly StoredMessage[]): Fetched {
    const nextOffset = this.#held.end;
    this.#wake();
    return { messages, nextOffset, maxOffset: nextOffset };
  }

  #checkEnd(): boolean {
    if (!this.#end.reached(this.#polls.brokers(), performance.now())) return false;
    for (const { resolve } of this.#endWaiters) resolve(this.#held.end);
    this.#endWaiters.clear();
    return true;
  }

  async #hideOverdue(): Promise<void> {
    if (this.#isHiding) return;
    this.#isHiding = true;
    const soon = performance.now() + hideBeforeMs;
    const overdue = this.#held
      .all()
      .filter(({ hiddenUntil }) => hiddenUntil < soon)
      .values();
    const worker = async (): Promise<void> => {
      for (const held of overdue) {
        if (held.acknowledging || held.acknowledged || this.#closed) continue;
        // Where it fails the next round tries again; after its time the message comes again, and is counted.
        await this.#receipts.hide(held, laterHiddenMs).catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: hidesInFlight }, worker));
    this.#isHiding = false;
  }

  get #hasRoom(): boolean {
    const { unreadBytes, bytes, oldestAt } = this.#held;
    if (unreadBytes >= this.#maxUnreadBytes || bytes >= heldBytes) return false;
    return oldestAt === null || performance.now() - oldestAt < slowAfterMs;
  }

  /** Rejects when `signal` aborts. */
  async #until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    while (!holds()) {
      signal.throwIfAborted();
      await this.#change(60_000, signal);
    }
  }

  #wake(): void {
    const changed = this.#changed;
    this.#changed = [];
    for (const wake of changed) wake();
  }

  /** Resolves when anything changed, after `ms`, or when `signal` aborts. */
  async #change(ms: number, signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, patienceMs));
      signal?.addEventListener('abort', done, { once: true });
      this.#changed.push(done);
    });
  }
}
