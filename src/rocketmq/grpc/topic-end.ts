/** Empty polls in a row of every broker before a topic counts as read to its end. */
const emptyPolls = 2;

interface BrokerPolls {
  empty: number;
}

/**
 * When a topic has been read to its end: nobody tells, so that it is concluded from polls that brought nothing
 * while nothing was held (a FIFO group gives nothing more out then). What was given to somebody who did
 * not acknowledge it is hidden for a while: after a start, and after a call that broke, that while has
 * to pass first.
 */
export class TopicEnd {
  readonly #hiddenMs: number;
  readonly #polls = new Map<string, BrokerPolls>();
  /** When the last message that nobody here knows of may have been hidden. */
  #doubtAt = performance.now();
  #askedAt = 0;

  constructor(hiddenMs: number) {
    this.#hiddenMs = hiddenMs;
  }

  /** Only polls that start from now on count. */
  ask(): void {
    this.#askedAt = performance.now();
    for (const polls of this.#polls.values()) polls.empty = 0;
  }

  /** A poll ended; `alone`: no other was under way at the broker, and nothing was held. */
  polled(broker: string, startedAt: number, messages: number, alone: boolean): void {
    const polls = this.#of(broker);
    if (messages > 0) polls.empty = 0;
    else if (alone && startedAt >= this.#askedAt) polls.empty += 1;
  }

  /** Messages may have been given to a call that broke. */
  broke(broker: string): void {
    this.#doubtAt = performance.now();
    this.#of(broker).empty = 0;
  }

  reached(brokers: readonly string[], now: number): boolean {
    if (brokers.length === 0 || now < this.#doubtAt + this.#hiddenMs) return false;
    return brokers.every((broker) => this.#of(broker).empty >= emptyPolls);
  }

  #of(broker: string): BrokerPolls {
    let polls = this.#polls.get(broker);
    if (polls === undefined) {
      polls = { empty: 0 };
      this.#polls.set(broker, polls);
    }
    return polls;
  }
}
