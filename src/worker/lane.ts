import type { OutMessage, Producer, Queue } from '../rocketmq/cluster.js';
import type { RocketmqError } from '../rocketmq/errors.js';
import { isInDoubt, isRefusal } from './failure.js';
import { retrying, type RetryOptions } from './retry.js';

/** Messages of one partition, in its order, that are stored or not as one. */
export interface Parcel {
  readonly messages: readonly OutMessage[];
  /** Called when the first of its messages is stored, with its offset, or a lower one. */
  readonly begun?: (offset: number) => void;
  /**
   * Called for a message that RocketMQ refuses, before anything behind it is sent; `messages` is read again
   * after that. What it throws ends the lane, as the refusal does where this is missing.
   */
  readonly refused?: (index: number, error: RocketmqError) => Promise<void>;
  /**
   * Called for messages of it that were stored, or refused, with the offset of the first, which the others follow;
   * null: where they are is not known.
   */
  readonly placed?: (from: number, to: number, offset: number | null) => void;
  /** Called when the last of its messages is stored, or refused. */
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
  /** Counts a try to send so many messages, and measures it. */
  readonly measured: <T>(messages: number, attempt: () => Promise<T>) => Promise<T>;
  /** Called after a batch, with the offset behind its last message, where that is known. */
  readonly onStored: (end: number) => void;
  /** Called once, with the error that ended the lane. It sends nothing more. */
  readonly onFailure: (error: unknown) => void;
}

/** Messages of one parcel that follow each other. */
interface Piece {
  readonly parcel: Parcel;
  /** The first of them, and the one behind the last. */
  readonly from: number;
  readonly to: number;
}

interface Batch {
  readonly messages: readonly OutMessage[];
  readonly pieces: readonly Piece[];
  /** Parcels whose first message is in this batch, and its place there. */
  readonly begun: readonly { readonly parcel: Parcel; readonly index: number }[];
  /** Parcels whose last message is in this batch. */
  readonly completed: readonly Parcel[];
}

interface Item {
  readonly parcel: Parcel;
  readonly index: number;
}

interface Outcome {
  readonly offset: number | null;
  readonly refusal: { readonly rest: number; readonly error: RocketmqError } | null;
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
        const offset = await this.#storeOrSift(batch, floor);
        for (const { parcel, index } of batch.begun) {
          parcel.begun?.(offset === null ? floor : offset + index);
        }
        this.#tellPlaces(batch, offset);
        for (const parcel of batch.completed) parcel.stored();
      }
    } catch (error) {
      this.#failed = true;
      onFailure(error);
    } finally {
      this.#running = null;
    }
  }

  #tellPlaces({ pieces }: Batch, offset: number | null): void {
    let index = 0;
    for (const { parcel, from, to } of pieces) {
      parcel.placed?.(from, to, offset === null ? null : offset + index);
      index += to - from;
    }
  }

  /** Resolves with the offset of the first message where that is known and none was refused. */
  async #storeOrSift(batch: Batch, floor: number): Promise<number | null> {
    const { offset, refusal } = await this.#store(batch.messages, floor);
    if (refusal === null) return offset;
    const items = batch.pieces.flatMap(({ parcel, from, to }) =>
      Array.from({ length: to - from }, (_, index) => ({ parcel, index: from + index })),
    );
    await this.#sift(items.slice(-refusal.rest), refusal.error, floor);
    return null;
  }

  /** Finds, in halves, the messages that are refused, and stores the others. */
  async #sift(items: readonly Item[], error: RocketmqError, floor: number): Promise<void> {
    const [first] = items;
    if (first === undefined) return;
    if (items.length === 1) {
      if (first.parcel.refused === undefined) throw error;
      await first.parcel.refused(first.index, error);
      return;
    }
    const middle = Math.ceil(items.length / 2);
    for (const half of [items.slice(0, middle), items.slice(middle)]) {
      const messages = half.flatMap(({ parcel, index }) => parcel.messages[index] ?? []);
      const { refusal } = await this.#store(messages, floor);
      if (refusal !== null) await this.#sift(half.slice(-refusal.rest), refusal.error, floor);
    }
  }

  /**
   * Resolves when all messages are stored, with the offset of the first where that is known; or when the
   * last `rest` of them are refused, and those before are stored.
   */
  async #store(messages: readonly OutMessage[], floor: number): Promise<Outcome> {
    const { queue, producer, retry, trace, cancel, onStored, measured } = this.#options;
    let rest = messages;
    let mayBeStored = false;
    return retrying(async () => {
      if (mayBeStored && trace !== null) {
        const { stored, end } = await trace.find(floor, rest);
        mayBeStored = false;
        rest = rest.slice(stored);
        if (stored > 0) onStored(end);
        if (rest.length === 0) return { offset: null, refusal: null };
      }
      try {
        const { offset } = await measured(rest.length, () => producer.send(queue, rest, cancel));
        if (offset === null) return { offset, refusal: null };
        onStored(offset + rest.length);
        return { offset: rest === messages ? offset : null, refusal: null };
      } catch (error) {
        if (isRefusal(error)) return { offset: null, refusal: { rest: rest.length, error } };
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
    const pieces: Piece[] = [];
    const completed: Parcel[] = [];
    let bytes = 0;
    for (const parcel of this.#parcels) {
      const from = this.#taken;
      let next = from;
      for (; next < parcel.messages.length; next += 1) {
        const message = parcel.messages[next];
        if (message === undefined) break;
        const size = producer.sizeOf(message);
        const full = messages.length >= maxMessages || bytes + size > maxBytes || !fit(messages[0], message);
        if (full && messages.length > 0) break;
        if (next === 0) begun.push({ parcel, index: messages.length });
        messages.push(message);
        bytes += size;
      }
      if (next > from) pieces.push({ parcel, from, to: next });
      this.#taken = next;
      if (next < parcel.messages.length) break;
      completed.push(parcel);
      this.#taken = 0;
    }
    this.#parcels.splice(0, completed.length);
    return { messages, pieces, begun, completed };
  }
}

/** Whether they may be in one batch, which has a few things in common. */
function fit(first: OutMessage | undefined, { passedOn }: OutMessage): boolean {
  const other = first?.passedOn;
  return first === undefined || (other?.sysFlag === passedOn?.sysFlag && other?.bornAt === passedOn?.bornAt);
}
