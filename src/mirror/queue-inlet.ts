import type { Fetched, Queue, QueueReader } from '../rocketmq/cluster.js';
import { queueName } from '../rocketmq/queue-name.js';

export interface Inflow {
  readonly source: Queue;
  readonly reader: QueueReader;
}

interface Arrived {
  readonly source: Queue;
  readonly fetched: Fetched;
}

/** Reads several queues at once: hands out what came first, one queue's at a time, each in its order. */
export class QueueInlet {
  readonly #inflows: readonly Inflow[];
  readonly #arrived: Arrived[] = [];
  readonly #pending = new Set<Inflow>();
  readonly #closing = new AbortController();
  #failure: { readonly error: unknown } | null = null;
  #wake: (() => void) | null = null;

  constructor(inflows: readonly Inflow[]) {
    this.#inflows = inflows;
  }

  /** The next messages of one of the queues. Null when `isDone` says so; it is asked again after `look`. */
  async next(isDone: () => boolean, signal: AbortSignal): Promise<Arrived | null> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#failure !== null) throw this.#failure.error;
      const arrived = this.#arrived.shift();
      if (arrived !== undefined) return arrived;
      if (isDone()) return null;
      this.#ask();
      await this.#news(signal);
    }
  }

  /** Asks `isDone` once more. */
  look(): void {
    this.#wake?.();
  }

  /** Ends the reading with this error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  close(): void {
    this.#closing.abort();
    for (const { reader } of this.#inflows) reader.close();
  }

  /** A queue whose messages were not taken yet is not read on. */
  #ask(): void {
    const waiting = new Set(this.#arrived.map(({ source }) => queueName(source)));
    for (const inflow of this.#inflows) {
      if (this.#pending.has(inflow) || waiting.has(queueName(inflow.source))) continue;
      this.#pending.add(inflow);
      void this.#read(inflow);
    }
  }

  async #read(inflow: Inflow): Promise<void> {
    try {
      const fetched = await inflow.reader.read(this.#closing.signal);
      this.#arrived.push({ source: inflow.source, fetched });
    } catch (error) {
      this.fail(error);
    } finally {
      this.#pending.delete(inflow);
      this.#wake?.();
    }
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#wake = null;
        signal.removeEventListener('abort', aborted);
      };
      const aborted = (): void => {
        done();
        reject(signal.reason as Error);
      };
      this.#wake = () => {
        done();
        resolve();
      };
      signal.addEventListener('abort', aborted, { once: true });
    });
  }
}
