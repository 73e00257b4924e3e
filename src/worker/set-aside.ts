import type { Queue, StoredMessage } from '../rocketmq/cluster.js';
import { queueName } from '../rocketmq/queue-name.js';
import { backoffMs, type Backoff } from './retry.js';

/** Items that are tried again together. */
export interface Waiting<Item> {
  readonly items: readonly Item[];
  /** When their time is up, by `performance.now()`. */
  readonly until: number;
  readonly tries: number;
  readonly dueAt: number;
}

/** More than this wait in place: what is set aside is held in memory, and holds back offsets. */
const mostItems = 1_000;
const mostBytes = 2 * 1024 * 1024;
const leastPauseMs = 10;

/**
 * Messages that a sink refuses for now while it takes others, and how far each queue is done: never
 * beyond the first of its messages that waits here.
 */
export class SetAside<Item extends { readonly message: StoredMessage }> {
  readonly #backoff: Backoff;
  readonly #wake: () => void;
  readonly #messages = new Set<StoredMessage>();
  readonly #reached = new Map<string, { readonly queue: Queue; readonly offset: number }>();
  #waiting: Waiting<Item>[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `wake` is called when something is due. */
  constructor(backoff: Backoff, wake: () => void) {
    this.#backoff = backoff;
    this.#wake = wake;
  }

  get isEmpty(): boolean {
    return this.#messages.size === 0;
  }

  get hasRoom(): boolean {
    let bytes = 0;
    for (const { body } of this.#messages) bytes += body.length;
    return this.#messages.size < mostItems && bytes < mostBytes;
  }

  holds(message: StoredMessage): boolean {
    return this.#messages.has(message);
  }

  add(items: readonly Item[], until: number): void {
    for (const { message } of items) this.#messages.add(message);
    this.#wait(items, until, 1);
  }

  /** A group whose time has come; it counts as waiting until it is put back. */
  takeDue(): Waiting<Item> | null {
    const now = performance.now();
    const due = this.#waiting.find(({ dueAt }) => dueAt <= now) ?? null;
    this.#waiting = this.#waiting.filter((group) => group !== due);
    return due;
  }

  /** `rest` of the group waits on; the others are done. */
  putBack(group: Waiting<Item>, rest: readonly Item[]): void {
    for (const { message } of group.items) this.#messages.delete(message);
    for (const { message } of rest) this.#messages.add(message);
    if (rest.length > 0) this.#wait(rest, group.until, group.tries + 1);
  }

  dueInMs(): number {
    return Math.max(0, Math.min(...this.#waiting.map(({ dueAt }) => dueAt)) - performance.now());
  }

  /** All of the queue's messages below the offset are done, or wait here. */
  reached(queue: Queue, offset: number): void {
    this.#reached.set(queueName(queue), { queue, offset });
  }

  /** How far each queue is done. */
  floors(): readonly { readonly queue: Queue; readonly offset: number }[] {
    if (this.isEmpty) return [...this.#reached.values()];
    const first = new Map<string, number>();
    for (const message of this.#messages) {
      const name = queueName(message);
      first.set(name, Math.min(message.offset, first.get(name) ?? Infinity));
    }
    return [...this.#reached].map(([name, { queue, offset }]) => ({
      queue,
      offset: Math.min(offset, first.get(name) ?? Infinity),
    }));
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #wait(items: readonly Item[], until: number, tries: number): void {
    const dueAt = performance.now() + Math.ceil(backoffMs(this.#backoff, tries));
    this.#waiting.push({ items, until, tries, dueAt });
    this.#setTimer();
  }

  /** Rings until what is due is taken: whoever is woken may be busy. */
  #setTimer(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.length === 0) return;
    this.#timer = setTimeout(
      () => {
        this.#wake();
        this.#setTimer();
      },
      Math.max(leastPauseMs, this.dueInMs()),
    );
  }
}
