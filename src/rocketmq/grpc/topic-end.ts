/** Empty polls in a row of every broker before a topic counts as read to its end. */
export const emptyPolls = 2;

/**
 * When a topic has been read to its end: nobody tells, so that it is concluded from polls that brought nothing
 * while nothing was held (a FIFO group gives nothing more out then). What was given to somebody who did
 * not acknowledge it is hidden for a while: after a run that left some behind, and after a call that
 * broke, that while has to pass first.
 */
export class TopicEnd {
  readonly #empty = new Map<string, number>();
  /** When the last message that nobody here knows of may be hidden, by `performance.now()`. */
  #doubtUntil: number;
  #askedAt = 0;

  constructor(doubtUntil: number) {
    this.#doubtUntil = doubtUntil;
  }

  /** Only polls that start from now on count. */
  ask(): void {
    this.#askedAt = performance.now();
    this.#empty.clear();
  }

  /** A poll ended; `still`: nothing was held while it was under way. */
  polled(broker: string, startedAt: number, messages: number, still: boolean): void {
    if (messages > 0) this.#empty.delete(broker);
    else if (still && startedAt >= this.#askedAt) {
      this.#empty.set(broker, (this.#empty.get(broker) ?? 0) + 1);
    }
  }

  /** Messages may have been given to a call that broke, and are hidden until then. */
  broke(broker: string, hiddenUntil: number): void {
    this.#doubtUntil = Math.max(this.#doubtUntil, hiddenUntil);
    this.#empty.delete(broker);
  }

  reached(brokers: readonly string[], now: number): boolean {
    if (brokers.length === 0 || now < this.#doubtUntil) return false;
    return brokers.every((broker) => (this.#empty.get(broker) ?? 0) >= emptyPolls);
  }
}
