import type { Queue } from '../rocketmq/cluster.js';
import { RecordsRefused, type QueueOffset, type SinkTask } from '../sdk/index.js';
import { queueName } from '../rocketmq/queue-name.js';
import { isForNow, isOfOneRecord, recordsOf, refusalsOf, type Entry, type Refusal } from './refusal.js';
import { backoffMs, retrying, type RetryOptions } from './retry.js';

/** How far each queue gets, by its name. */
export type Ends = ReadonlyMap<string, { readonly queue: Queue; readonly offset: number }>;

export interface WholeBatchesOptions {
  readonly task: SinkTask;
  /** What the sink is told of a queue; null where it has got there already. */
  readonly ownOffset: (queue: Queue, offset: number) => QueueOffset | null;
  /** Whether parts of a batch may be written to find the record that an error is about. */
  readonly mayBeSplit: boolean;
  readonly recordTimeoutMs: number;
  /** How a write is tried again. */
  readonly retry: RetryOptions;
  /** Drops what is in hand. */
  readonly cancel: AbortSignal;
  /** Waits before another try; throws when it is not to be made. */
  readonly pause: (ms: number, entries: readonly Entry[]) => Promise<void>;
  readonly letGo: (refused: readonly Refusal[]) => Promise<void>;
  readonly onWritten: (entries: readonly Entry[], ends: Ends) => void;
}

/**
 * Batches for a sink that keeps the offsets: it writes all of a batch, with how far the queues are done, or
 * nothing of it. So a refused record is let go of before the rest of its batch, and its offset, is written.
 */
export class WholeBatches {
  readonly #options: WholeBatchesOptions;

  constructor(options: WholeBatchesOptions) {
    this.#options = options;
  }

  async write(entries: readonly Entry[], ends: Ends): Promise<void> {
    const { retry } = this.#options;
    let rest = entries;
    let until: number | null = null;
    for (let tries = 1; ; tries += 1) {
      const refused = await this.#attempt(rest, ends);
      if (refused.length === 0) return;
      const forNow = refused.find(({ error }) => isForNow(error));
      if (forNow !== undefined) {
        until ??= performance.now() + this.#options.recordTimeoutMs;
        retry.onRetry(forNow.error);
        if (performance.now() < until) {
          await this.#options.pause(backoffMs(retry.backoff, tries), rest);
          continue;
        }
      }
      await this.#options.letGo(refused);
      const gone = new Set(refused.map(({ entry }) => entry));
      rest = rest.filter((entry) => !gone.has(entry));
    }
  }

  /** Resolves with what was refused: then nothing is written. */
  async #attempt(entries: readonly Entry[], ends: Ends): Promise<readonly Refusal[]> {
    const { task, cancel, retry, ownOffset, mayBeSplit } = this.#options;
    const upTo = [...ends.values()].flatMap(({ queue, offset }) => ownOffset(queue, offset) ?? []);
    try {
      if (entries.length > 0 || upTo.length > 0) {
        await retrying(() => task.write(recordsOf(entries), cancel, upTo), retry);
      }
      this.#options.onWritten(entries, ends);
      return [];
    } catch (error) {
      if (error instanceof RecordsRefused) return refusalsOf(entries, error);
      const [only] = entries;
      if (!mayBeSplit || !isOfOneRecord(error) || only === undefined) throw error;
      if (entries.length === 1) return [{ entry: only, error }];
    }
    const middle = Math.ceil(entries.length / 2);
    const behind = entries.slice(middle);
    await this.write(entries.slice(0, middle), endsBefore(behind, ends));
    await this.write(behind, ends);
    return [];
  }
}

/** How far the queues are done while these are not. */
function endsBefore(behind: readonly Entry[], ends: Ends): Ends {
  const before = new Map(ends);
  for (const { message } of [...behind].reverse()) {
    const end = before.get(queueName(message));
    if (end !== undefined) before.set(queueName(message), { queue: end.queue, offset: message.offset });
  }
  return before;
}
