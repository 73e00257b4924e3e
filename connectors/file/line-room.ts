import type { SinkRecord } from '../../src/sdk/index.js';

const newline = 10;
/** What most batches need; more is given back after the batch. */
const keptBytes = 2 * 1024 * 1024;

/**
 * Memory that the lines of a batch are put together in, used again for the next one: new memory for each
 * batch costs more than the copying, and makes V8 collect garbage for its sake.
 */
export class LineRoom {
  #memory = Buffer.alloc(0);
  #end = 0;

  /** Makes room for these records; what was joined before does not hold any more. */
  clear(records: readonly SinkRecord[]): void {
    let size = records.length;
    for (const { body } of records) size += body.length;
    this.#end = 0;
    if (size > this.#memory.length || this.#memory.length > keptBytes) {
      this.#memory = Buffer.allocUnsafeSlow(size > keptBytes ? size : Math.min(keptBytes, 2 * size));
    }
  }

  /** The records' bodies, none for a null, a newline behind each. */
  join(records: readonly SinkRecord[]): Buffer {
    const start = this.#end;
    let end = start;
    for (const record of records) {
      if (!isNull(record)) end += record.body.copy(this.#memory, end);
      this.#memory[end] = newline;
      end += 1;
    }
    this.#end = end;
    return this.#memory.subarray(start, end);
  }
}

/**
 * Whether the record has no value. To make a value out of a body costs more than the rest, so it is looked at
 * only where the body can be a null: nothing at all, or JSON that ends in `null`.
 */
export function isNull(record: SinkRecord): boolean {
  const { body } = record;
  const last = body[body.length - 1] ?? lastOfNull;
  return (last === lastOfNull || last <= space) && record.value === null;
}

const lastOfNull = 0x6c;
const space = 0x20;
