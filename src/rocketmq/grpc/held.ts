import type { StoredMessage } from '../cluster.js';
import type { Endpoints } from './client-package.js';
import type { Received } from './received.js';

/** A message that was delivered and is not acknowledged yet. */
export interface Held {
  readonly id: string;
  readonly message: StoredMessage;
  readonly bytes: number;
  readonly endpoints: Endpoints;
  /** When it came, by `performance.now()`. */
  readonly since: number;
  attempt: number;
  /** Changes with every extension. */
  receipt: string;
  /** Until when nobody else gets it, by `performance.now()`. */
  hiddenUntil: number;
  /** The request that hides it for longer, while it is on its way. */
  hiding: Promise<void> | null;
  /** An acknowledgement is on its way. */
  acknowledging: boolean;
  acknowledged: boolean;
}

/** What a message takes in memory beside its body, about. */
const overheadBytes = 600;

/**
 * The messages of one topic that were delivered and not acknowledged, in the order of their delivery, which is
 * counted: their offsets are ours, and hold as long as the consumer lives. A reader that is opened anew
 * gets again what was not acknowledged.
 */
export class HeldMessages {
  #held: Held[] = [];
  readonly #byId = new Map<string, Held>();
  #base = 0;
  #next = 0;
  #unreadBytes = 0;
  #bytes = 0;
  #redelivered = 0;

  /** Offset of the first that is not acknowledged. */
  get base(): number {
    return this.#base;
  }

  /** Offset behind the last. */
  get end(): number {
    return this.#base + this.#held.length;
  }

  get unread(): number {
    return this.end - this.#next;
  }

  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#held.length;
  }

  /** When the first that is not acknowledged came, by `performance.now()`; null where there is none. */
  get oldestAt(): number | null {
    return this.#held[0]?.since ?? null;
  }

  get redelivered(): number {
    return this.#redelivered;
  }

  /** One that comes again while it is still held only gets its new receipt: it is delivered here already. */
  add(got: Received, endpoints: Endpoints, hiddenUntil: number): void {
    if (got.attempt > 1) this.#redelivered += 1;
    const known = this.#byId.get(got.id);
    if (known !== undefined && got.attempt > known.attempt) {
      known.attempt = got.attempt;
      known.receipt = got.receipt;
      known.hiddenUntil = hiddenUntil;
      return;
    }
    const message = got.at(this.end);
    const bytes = message.body.length + overheadBytes;
    const { id, attempt, receipt } = got;
    const held: Held = {
      id,
      message,
      bytes,
      endpoints,
      since: performance.now(),
      attempt,
      receipt,
      hiddenUntil,
      hiding: null,
      acknowledging: false,
      acknowledged: false,
    };
    this.#held.push(held);
    this.#byId.set(id, held);
    this.#bytes += bytes;
    this.#unreadBytes += bytes;
  }

  /** Where the next `read` starts: at an offset that is not acknowledged. */
  seek(offset: number): void {
    this.#next = Math.min(this.end, Math.max(this.#base, offset));
    this.#unreadBytes = this.#held.slice(this.#next - this.#base).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  read(): readonly StoredMessage[] {
    const fresh = this.#held.slice(this.#next - this.#base);
    this.#next = this.end;
    this.#unreadBytes = 0;
    return fresh.map(({ message }) => message);
  }

  /** Those below the offset. */
  below(offset: number): readonly Held[] {
    return this.#held.slice(0, Math.max(0, offset - this.#base));
  }

  all(): readonly Held[] {
    return this.#held;
  }

  /** All below the offset are acknowledged. */
  drop(offset: number): void {
    const gone = this.#held.splice(0, Math.max(0, offset - this.#base));
    this.#base += gone.length;
    this.#next = Math.max(this.#next, this.#base);
    for (const held of gone) {
      this.#bytes -= held.bytes;
      if (this.#byId.get(held.id) === held) this.#byId.delete(held.id);
    }
  }
}
