/** A message that was given to a consumer and not acknowledged yet. */
export interface InFlight {
  readonly offset: number;
  /** How often it was delivered, from 1; a delivery that the consumer suspended does not count. */
  readonly attempt: number;
  /** Then it may be delivered again; milliseconds since 1970. */
  visibleAt: number;
  /** The receipt that is valid now: it changes with each delivery and each change of the invisible time. */
  readonly receipt: number;
  /** The client for which the invisible time is prolonged while it is connected; null: for none. */
  readonly renewedFor: string | null;
  /** No longer than this. */
  readonly renewUntil: number;
  /** Names one receive of a FIFO consumer, over its repetitions. */
  readonly attemptId: string | undefined;
}

/** What to remember of a delivery besides its offset and attempt. */
export type Terms = Omit<InFlight, 'offset' | 'attempt' | 'receipt'>;

/**
 * How far one group is in one queue: everything below `next` was delivered or filtered out; of that, what
 * is not acknowledged is in flight.
 */
export class QueueDelivery {
  /** Offsets grow in the order of insertion, so the first one is the lowest. */
  readonly #inFlight = new Map<number, InFlight>();
  #next: number;
  /** No message in flight becomes visible before this. */
  #earliest = Infinity;
  /** The committed offset this goes with; undefined: none was committed. */
  committed: number | undefined;

  constructor(next: number, committed: number | undefined) {
    this.#next = next;
    this.committed = committed;
  }

  get next(): number {
    return this.#next;
  }

  /** Everything below was acknowledged. */
  get lowest(): number {
    const [first] = this.#inFlight.keys();
    return first ?? this.#next;
  }

  find(offset: number): InFlight | undefined {
    return this.#inFlight.get(offset);
  }

  /** Notes a first delivery; `offset` is at or above `next`. */
  deliver(offset: number, receipt: number, terms: Terms): InFlight {
    const entry: InFlight = { ...terms, offset, attempt: 1, receipt };
    this.#inFlight.set(offset, entry);
    this.#next = offset + 1;
    this.#earliest = Math.min(this.#earliest, terms.visibleAt);
    return entry;
  }

  /** Notes another delivery of one that is in flight. */
  redeliver(entry: InFlight, receipt: number, terms: Terms): InFlight {
    const again: InFlight = { ...terms, offset: entry.offset, attempt: entry.attempt + 1, receipt };
    this.#inFlight.set(entry.offset, again);
    this.#earliest = Math.min(this.#earliest, terms.visibleAt);
    return again;
  }

  /** Has everything below counted as read. */
  skipTo(next: number): void {
    this.#next = Math.max(this.#next, next);
  }

  acknowledge(offset: number): void {
    this.#inFlight.delete(offset);
  }

  /** The consumer says itself when it becomes visible again; nobody prolongs that. */
  changeInvisible(entry: InFlight, to: { receipt: number; visibleAt: number; counted: boolean }): InFlight {
    const { receipt, visibleAt } = to;
    const attempt = to.counted ? entry.attempt : entry.attempt - 1;
    const changed: InFlight = { ...entry, receipt, visibleAt, attempt, renewedFor: null };
    this.#inFlight.set(entry.offset, changed);
    this.#earliest = Math.min(this.#earliest, visibleAt);
    return changed;
  }

  /** Whether one may have become visible again. */
  mayBeVisible(now: number): boolean {
    return this.#earliest <= now;
  }

  /** Those in flight that are visible again, the lowest first. `isRenewed` may prolong one's time. */
  visible(now: number, most: number, isRenewed: (entry: InFlight) => boolean): InFlight[] {
    if (!this.mayBeVisible(now)) return [];
    const found: InFlight[] = [];
    let earliest = Infinity;
    for (const entry of this.#inFlight.values()) {
      if (entry.visibleAt <= now && !isRenewed(entry) && found.length < most) found.push(entry);
      earliest = Math.min(earliest, entry.visibleAt);
    }
    this.#earliest = earliest;
    return found;
  }

  /** Whether a FIFO group must wait here: for a message that is in flight, unless the same receive asks again. */
  blocked(now: number, attemptId: string | undefined): boolean {
    for (const entry of this.#inFlight.values()) {
      const same = attemptId !== undefined && attemptId !== '' && entry.attemptId === attemptId;
      if (entry.visibleAt > now && !same) return true;
    }
    return false;
  }

  /** Has what one FIFO receive was given visible at once, for the repetition of that receive. */
  showAgain(attemptId: string | undefined, now: number): void {
    if (attemptId === undefined || attemptId === '') return;
    for (const entry of this.#inFlight.values()) {
      if (entry.attemptId !== attemptId || entry.visibleAt <= now) continue;
      entry.visibleAt = now;
      this.#earliest = Math.min(this.#earliest, now);
    }
  }
}
