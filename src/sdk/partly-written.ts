import { recordId } from './record-id.js';
import type { SinkRecord } from './record.js';

/**
 * What a system has taken of a batch whose rest it had no room for. The batch comes again, whole; were these written
 * each time, what little room there is would be theirs for ever, and the rest would never get in.
 */
export class PartlyWritten {
  readonly #taken = new Set<string>();

  has(record: SinkRecord): boolean {
    return this.#taken.size > 0 && this.#taken.has(recordId(record));
  }

  /** Nothing that comes before one that was not taken may be left out of these: else the order would not hold. */
  add(records: Iterable<SinkRecord>): void {
    for (const record of records) this.#taken.add(recordId(record));
  }

  /** All of the batch is written; or what was taken may be lost with the system that took it. */
  clear(): void {
    this.#taken.clear();
  }
}
