import type { OutMessage, Producer, Queue } from '../rocketmq/cluster.js';
import { RocketmqError } from '../rocketmq/errors.js';
import { retrying, type RetryOptions } from './retry.js';

/** Messages of one partition, in its order, that are stored or not as one. */
export interface Parcel {
  readonly messages: readonly OutMessage[];
  /** Called when the first of its messages is stored, with its offset, or a lower one. */
  readonly begun?: (offset: number) => void;
  /** Called when the last of its messages is stored. */
  readonly stored: () => void;
}

/** Finds out what became of a batch whose answer was lost. */
export interface Trace {
  /** An offset that is not above that of anything sent from now on. */
  end(): number;
  /** How many of the messages, from the first on, are stored at or behind `from`; and the end of those. */
  find(from: number, messages: readonly OutMessage[]): Promise<{ stored: number; end: number }>;
}

export interface LaneOptions {
  readonly queue: Queue;
  readonly producer: Producer;
  readonly batch: { readonly maxMessages: number; readonly maxBytes: number };
  readonly retry: RetryOptions;
  /** Without it, a batch whose answer was lost is sent again: it may be there twice then. */
  readonly trace: Trace | null;
  /** Aborts a send in flight. */
  readonly cancel: AbortSignal;
  /** Called after a batch, with the offset behind its last message, where that is known. */
  readonly onStored: (end: number) => void;
  /** Called once, with the error that ended the lane. It sends nothing more. */
  readonly onFailure: (error: unknown) => void;
}

interface Batch {
  readonly messages: readonly OutMessage[];
  /** Parcels whose first message is in this batch, and its place there. */
  readonly begun: readonly { readonly parcel: Parcel; readonly index: number }[];
  /** Parcels whose last message is in this batch. */
  readonly completed: readonly Parcel[];
}

/**
 * The way into one queue: parcels in, batches out, in order. One batch is in flight at a time, because
 * two may be stored in either order; what arrives meanwhile makes up the next batch.
 */
export class Lane {
  readonly #options: LaneOptions;
  #parcels: Parcel[] = [];
  /** How many messages of the first parcel are in batches already. */
  #taken = 0;
  #running: Promise<void> | null = null;
  #failed = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  add(parcel: Parcel): void {
    this.#parcels.push(parcel);
    this.#running ??= this.#run();
  }

  /** Resolves when everything added is stored, or the lane has failed. */
  async drained(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { onFailure } = this.#options;
    try {
      // Parcels added in the same turn travel together.
      await Promise.resolve();
      while (this.#parcels.length > 0 && !this.#failed) {
        const batch = this.#nextBatch();
        const floor = this.#options.trace?.end() ?? 0;
        const offset = await this.#store(batch.messages, floor);
        for (const { parcel, index } of batch.begun) {
          parcel.begun?.(offset === null ? floor : offset + index);
        }
        for (const parcel of batch.completed) parcel.stored();
      }
    } catch (error) {
      this.#failed = true;
      onFailure(error);
    } finally {
      this.#running = null;
    }
  }

  /** Resolves when all messages are stored, with the offset of the first where that is known. */
  async #store(messages: readonly OutMessage[], floor: number): Promise<number | null> {
    const { queue, producer, retry, trace, cancel, onStored } = this.#options;
    let rest = messages;
    let mayBeStored = false;
    return retrying(async () => {
      if (mayBeStored && trace !== null) {
        const { stored, end } = await trace.find(floor, rest);
        mayBeStored = false;
        rest = rest.slice(stored);
        if (stored > 0) onStored(end);
        if (rest.length === 0) return null;
      }
      try {
        const { offset } = await producer.send(queue, rest, cancel);
        if (offset === null) return null;
        onStored(offset + rest.length);
        return rest === messages ? offset : null;
      } catch (error) {
        mayBeStored ||= isInDoubt(error);
        throw error;
      }
    }, retry);
  }

  #nextBatch(): Batch {
    const { producer } = this.#options;
    const maxMessages = Math.min(this.#options.batch.maxMessages, producer.maxBatchMessages);
    const maxBytes = Math.min(this.#options.batch.maxBytes, producer.maxBatchBytes);
    const messages: OutMessage[] = [];
    const begun: { parcel: Parcel; index: number }[] = [];
    const completed: Parcel[] = [];
    let bytes = 0;
    for (const parcel of this.#parcels) {
      let next = this.#taken;
      for (; next < parcel.messages.length; next += 1) {
        const message = parcel.messages[next];
        if (message === undefined) break;
        const size = producer.sizeOf(message);
        const full = messages.length >= maxMessages || bytes + size > maxBytes;
        if (full && messages.length > 0) break;
        if (next === 0) begun.push({ parcel, index: messages.length });
        messages.push(message);
        bytes += size;
      }
      this.#taken = next;
      if (next < parcel.messages.length) break;
      completed.push(parcel);
      this.#taken = 0;
    }
    this.#parcels.splice(0, completed.length);
    return { messages, begun, completed };
  }
}

/** Whether the broker may have stored what it was sent, though it did not say so. */
function isInDoubt(error: unknown): boolean {
  return error instanceof RocketmqError && (error.code === 'timeout' || error.code === 'disconnected');
}
