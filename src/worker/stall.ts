import type { StateDetail } from '../store/index.js';

/**
 * Knows whether something that has work moves. Progress is measured by the monotonic clock from the last
 * movement, or from when there was nothing to do.
 */
export class Stall {
  #movedAt = performance.now();
  #detail: StateDetail | null = null;

  get detail(): StateDetail | null {
    return this.#detail;
  }

  /** It moved, or had nothing to move. True when that ends a stall. */
  moved(): boolean {
    this.#movedAt = performance.now();
    const ends = this.#detail !== null;
    this.#detail = null;
    return ends;
  }

  /** True when it has become a stall just now. `cause`: what went wrong last, where anything did. */
  look(stalledAfterMs: number, doing: string, cause: string | null): boolean {
    const idleMs = performance.now() - this.#movedAt;
    if (idleMs < stalledAfterMs) return false;
    const because = cause ?? 'no error was reported; is the other side slow?';
    const message = `${doing}, and nothing has moved for ${String(stalledAfterMs / 1000)} s or more: ${because}`;
    if (this.#detail !== null) {
      this.#detail = { ...this.#detail, message };
      return false;
    }
    const since = new Date(Date.now() - idleMs).toISOString();
    this.#detail = { code: 'stalled', message, since };
    return true;
  }
}
