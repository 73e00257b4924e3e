import type { Lsn } from './lsn.js';
import type { LogPosition } from './position.js';
import { lsnOf } from './lsn.js';

/** A transaction, or a stretch of the log without one of ours. */
interface Stretch {
  readonly commitLsn: Lsn;
  /** Behind it. */
  readonly end: Lsn;
  /** The number of its last change; -1: it has none. */
  readonly last: number;
}

/**
 * Tells up to where the server may forget its log: to the end of the last transaction all of whose changes are
 * stored. What has no changes for us counts as stored once everything before it is: so an idle database does
 * not keep its log.
 */
export class Confirmations {
  #confirmed: Lsn;
  #stored: { readonly lsn: Lsn; readonly index: number } | null = null;
  readonly #pending: Stretch[] = [];

  constructor(confirmed: Lsn) {
    this.#confirmed = confirmed;
  }

  get confirmed(): Lsn {
    return this.#confirmed;
  }

  /** All of a transaction is read. */
  read(commitLsn: Lsn, end: Lsn, last: number): void {
    this.#pending.push({ commitLsn, end, last });
    this.#settle();
  }

  /** The log is read up to here, and holds nothing of ours behind what was told before. */
  passed(end: Lsn): void {
    const tail = this.#pending.at(-1);
    if (tail?.last === -1) this.#pending.pop();
    this.read(end, end, -1);
  }

  /** All changes up to and with this one are stored. */
  stored({ lsn, index }: LogPosition): void {
    this.#stored = { lsn: lsnOf(lsn), index };
    this.#settle();
  }

  #settle(): void {
    const stored = this.#stored;
    let settled = 0;
    for (const { commitLsn, end, last } of this.#pending) {
      const isStored =
        last === -1 ||
        (stored !== null && (commitLsn < stored.lsn || (commitLsn === stored.lsn && last <= stored.index)));
      if (!isStored) break;
      if (end > this.#confirmed) this.#confirmed = end;
      settled += 1;
    }
    if (settled > 0) this.#pending.splice(0, settled);
  }
}
