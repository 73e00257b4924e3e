import type { Frame } from '../rocketmq/remoting/codec/frame.js';
import type { Connection } from './server/connection.js';

export interface HeldPull {
  readonly connection: Connection;
  readonly frame: Frame;
  /** Milliseconds since 1970; then it is answered in any case. */
  readonly deadline: number;
}

const lookEveryMs = 50;

/** Pulls that found nothing and wait for a message, or for their time to be over. */
export class HeldPulls {
  readonly #queues = new Map<string, HeldPull[]>();
  readonly #arrived = new Set<string>();
  readonly #release: (pull: HeldPull) => void;
  readonly #watchers: ((topic: string) => void)[] = [];
  readonly #deadlines = new WeakMap<Frame, number>();
  #timer: NodeJS.Timeout | undefined;
  #waking = false;

  /** `release` looks at a pull again. */
  constructor(release: (pull: HeldPull) => void) {
    this.#release = release;
  }

  /** Until when the request may be held: so long from when it was first asked for. */
  deadlineOf(frame: Frame, now: number, suspendMs: number): number {
    const known = this.#deadlines.get(frame);
    if (known !== undefined) return known;
    this.#deadlines.set(frame, now + suspendMs);
    return now + suspendMs;
  }

  /** Whether the request has been looked at before. */
  wasHeld(frame: Frame): boolean {
    return this.#deadlines.has(frame);
  }

  hold(topic: string, queueId: number, pull: HeldPull): void {
    const key = keyOf(topic, queueId);
    const held = this.#queues.get(key);
    if (held === undefined) this.#queues.set(key, [pull]);
    else held.push(pull);
    this.#timer ??= setInterval(() => {
      this.#releaseOverdue();
    }, lookEveryMs);
  }

  /** Has it called whenever something may have changed for those who wait for messages of a topic. */
  watch(changed: (topic: string) => void): void {
    this.#watchers.push(changed);
  }

  /** Has the pulls of this queue looked at again, once for all that arrives in this turn. */
  arrived(topic: string, queueId: number): void {
    for (const changed of this.#watchers) changed(topic);
    const key = keyOf(topic, queueId);
    if (!this.#queues.has(key)) return;
    this.#arrived.add(key);
    if (this.#waking) return;
    this.#waking = true;
    setImmediate(() => {
      this.#wake();
    });
  }

  /** Has all pulls of a topic looked at again: it may be gone, or have other queues. */
  topicChanged(topic: string): void {
    for (const changed of this.#watchers) changed(topic);
    for (const key of this.#queues.keys()) {
      if (key.startsWith(`${topic} `)) this.arrived(topic, Number(key.slice(topic.length + 1)));
    }
  }

  connectionClosed(connection: Connection): void {
    this.#take((pull) => pull.connection === connection);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#queues.clear();
    this.#arrived.clear();
  }

  #wake(): void {
    this.#waking = false;
    const keys = [...this.#arrived];
    this.#arrived.clear();
    for (const key of keys) {
      const pulls = this.#queues.get(key) ?? [];
      this.#queues.delete(key);
      for (const pull of pulls) this.#release(pull);
    }
  }

  #releaseOverdue(): void {
    const now = Date.now();
    for (const pull of this.#take((held) => held.deadline <= now)) this.#release(pull);
    if (this.#queues.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #take(which: (pull: HeldPull) => boolean): HeldPull[] {
    const taken: HeldPull[] = [];
    for (const [key, pulls] of this.#queues) {
      const rest = pulls.filter((pull) => !which(pull));
      if (rest.length === pulls.length) continue;
      taken.push(...pulls.filter(which));
      if (rest.length === 0) this.#queues.delete(key);
      else this.#queues.set(key, rest);
    }
    return taken;
  }
}

const keyOf = (topic: string, queueId: number): string => `${topic} ${queueId}`;
