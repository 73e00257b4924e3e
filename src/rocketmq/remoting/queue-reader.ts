import { setTimeout as sleep } from 'node:timers/promises';
import type { Fetched, Moved, Queue, QueueReader, StoredMessage } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import type { Pull, Pulled } from './requests/pull.js';

export interface QueueReaderOptions {
  readonly queue: Queue;
  readonly offset: number;
  readonly maxBytes: number;
  /** See `ReaderOptions`. */
  readonly gather?: number | undefined;
  readonly moved?: ((moved: Moved) => Promise<number>) | undefined;
  readonly pull: (wanted: Pick<Pull, 'offset' | 'count' | 'waitMs'>, signal: AbortSignal) => Promise<Pulled>;
  readonly onClose?: () => void;
}

/** A request for the messages from `offset` on, of which it is to bring `count`. */
interface Asked {
  readonly offset: number;
  readonly count: number;
  readonly waits: boolean;
  answer?: Pulled;
  fault?: unknown;
}

const waitMs = 10_000;
const maxAsked = 16;
/** What one request may ask for; brokers give 32 unless they are set otherwise. */
const mostPerRequest = 1_024;
const usualPerRequest = 32;
/** Every so many answers one request asks for more, to find out whether the broker gives more. */
const probeEvery = 16;
const retryForMs = 30_000;
const firstDelayMs = 100;
const maxDelayMs = 2_000;

/**
 * Reads a queue with up to 16 requests under way while a backlog is known, each for the messages that
 * follow the ones of the request before it. When an answer brings fewer than its share, the rest is asked
 * for again, ahead of the others; answers may overlap, what was delivered is cut off. At the end of the queue
 * one request waits at the broker.
 *
 * Failures that may pass are retried for 30 s, then thrown.
 */
export class WireQueueReader implements QueueReader {
  readonly queue: Queue;
  readonly #options: QueueReaderOptions;
  readonly #asked: Asked[] = [];
  #next: number;
  /** The queue's end as far as we know; nothing is asked ahead beyond it. */
  #maxOffset = 0;
  #perRequest = usualPerRequest;
  #averageBytes = 1_024;
  #untilProbe = 0;
  #mustWait = true;
  #failingSince: number | undefined;
  #delayMs = firstDelayMs;
  #stop = new AbortController();
  #closed = false;
  #wake: (() => void) | undefined;
  /** The queue does not hold our place: where to go on has not been decided yet. */
  #moved: Moved | undefined;

  constructor(options: QueueReaderOptions) {
    this.queue = options.queue;
    this.#options = options;
    this.#next = options.offset;
  }

  async read(signal?: AbortSignal): Promise<Fetched> {
    for (;;) {
      if (this.#closed) throw this.#closedError();
      signal?.throwIfAborted();
      if (this.#moved !== undefined) return this.#follow(this.#moved);
      this.#ask();
      const fetched = this.#isReady() ? this.#take() : undefined;
      if (fetched !== undefined) {
        this.#ask();
        return fetched;
      }
      const fault = this.#takeFault();
      if (fault !== undefined) await this.#recover(fault, signal);
      // A larger answer may have covered all that was asked behind it: then there is nothing to wait for.
      else if (this.#asked.length > 0 && !this.#isReady()) await this.#settled(signal);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#drop();
    this.#wake?.();
    this.#options.onClose?.();
  }

  /** Whether as many answers are in as are given out at once, or one that says something else than messages. */
  #isReady(): boolean {
    const wanted = Math.min(this.#options.gather ?? 1, this.#asked.length);
    for (let index = 0; index < wanted; index++) {
      const asked = this.#asked[index];
      if (asked?.fault !== undefined) return true;
      if (asked?.answer?.outcome !== 'found') return asked?.answer !== undefined;
    }
    return wanted > 0;
  }

  /** Takes all answers that are there, in order. `undefined`: none of them says anything to the caller. */
  #take(): Fetched | undefined {
    let messages: readonly StoredMessage[] = [];
    for (;;) {
      const head = this.#asked[0];
      const answer = head?.answer;
      if (head === undefined || answer === undefined) break;
      const tellsCaller = answer.outcome !== 'found' && answer.outcome !== 'skipped';
      if (tellsCaller && messages.length > 0) break;
      this.#asked.shift();
      this.#failingSince = undefined;
      this.#maxOffset = Math.max(answer.maxOffset, answer.outcome === 'found' ? answer.nextOffset : 0);
      if (answer.outcome === 'found') messages = this.#join(messages, head, answer);
      else if (this.#move(head, answer)) return this.#moved === undefined ? this.#fetched([]) : undefined;
      this.#fillGap();
    }
    return messages.length > 0 ? this.#fetched(messages) : undefined;
  }

  #fetched(messages: readonly StoredMessage[]): Fetched {
    return { messages, nextOffset: this.#next, maxOffset: Math.max(this.#maxOffset, this.#next) };
  }

  #join(before: readonly StoredMessage[], head: Asked, answer: Pulled): readonly StoredMessage[] {
    this.#learn(head, answer);
    const { messages } = answer;
    let from = 0;
    while ((messages[from]?.offset ?? this.#next) < this.#next) from++;
    this.#next = Math.max(this.#next, answer.nextOffset);
    const fresh = from === 0 ? messages : messages.slice(from);
    return before.length === 0 ? fresh : before.concat(fresh);
  }

  #learn(head: Asked, { messages, nextOffset, maxOffset, bytes }: Pulled): void {
    const count = messages.length;
    this.#averageBytes += (bytes / count - this.#averageBytes) / 4;
    const isShort = count < head.count && nextOffset < Math.min(maxOffset, head.offset + head.count);
    if (count > this.#perRequest || isShort) this.#perRequest = Math.min(count, mostPerRequest);
    this.#mustWait = false;
  }

  /** Follows an answer without messages; whether the caller is to be told. */
  #move(head: Asked, { outcome, nextOffset, minOffset, maxOffset }: Pulled): boolean {
    const isNews = outcome === 'reset' || (outcome === 'moved' && head.offset === this.#next);
    if (outcome === 'moved' && isNews && this.#options.moved !== undefined) {
      this.#drop();
      this.#moved = { from: head.offset, min: minOffset, max: maxOffset };
      return true;
    }
    if (isNews) {
      this.#restart(nextOffset);
      return true;
    }
    // Asked for before what follows it was delivered. Whether our place is gone too, a request for it tells.
    if (outcome === 'moved') return false;
    const ended = outcome === 'end' && nextOffset <= this.#next;
    // What was asked beyond the end has no place any more.
    if (ended) this.#restart(this.#next);
    this.#next = Math.max(this.#next, nextOffset);
    this.#mustWait = ended;
    return outcome === 'end' && head.waits;
  }

  async #follow(moved: Moved): Promise<Fetched> {
    const next = (await this.#options.moved?.(moved)) ?? moved.from;
    this.#moved = undefined;
    this.#restart(next);
    return this.#fetched([]);
  }

  #ask(): void {
    if (this.#asked.length === 0) {
      const waits = this.#mustWait || this.#next >= this.#maxOffset;
      this.#request(this.#next, this.#share(), waits, this.#asked.length);
    }
    for (;;) {
      const last = this.#asked.at(-1);
      if (last === undefined || last.waits || this.#asked.length >= maxAsked) return;
      const offset = Math.max(this.#next, last.offset + last.count);
      if (offset >= this.#maxOffset || !this.#hasRoom()) return;
      this.#request(offset, Math.min(this.#share(), this.#maxOffset - offset), false, this.#asked.length);
    }
  }

  #fillGap(): void {
    const following = this.#asked[0];
    if (following === undefined || this.#next >= following.offset) return;
    this.#request(this.#next, following.offset - this.#next, false, 0);
  }

  /** How many messages to plan a request for. */
  #share(): number {
    return Math.max(1, Math.min(this.#perRequest, Math.floor(this.#options.maxBytes / this.#averageBytes)));
  }

  #hasRoom(): boolean {
    let bytes = this.#share() * this.#averageBytes;
    for (const { answer, count } of this.#asked) bytes += answer?.bytes ?? count * this.#averageBytes;
    return bytes <= this.#options.maxBytes;
  }

  #request(offset: number, count: number, waits: boolean, at: number): void {
    const asked: Asked = { offset, count, waits };
    this.#asked.splice(at, 0, asked);
    const { signal } = this.#stop;
    void this.#options
      .pull({ offset, count: this.#countToAsk(count), waitMs: waits ? waitMs : 0 }, signal)
      .then(
        (answer) => {
          if (answer.outcome === 'skipped' && answer.nextOffset <= offset) {
            asked.fault = this.#noProgress(offset);
            return;
          }
          asked.answer = answer;
          // The broker tells of a reset only once, so it counts even where the answer itself is not wanted.
          if (answer.outcome === 'reset' && !this.#closed) this.#reset(asked);
        },
        (error: unknown) => {
          asked.fault = error;
        },
      )
      .then(() => {
        if (this.#isReady()) this.#wake?.();
      });
  }

  /** A request for a gap gets just that; others may try for more than their share from time to time. */
  #countToAsk(count: number): number {
    if (count < this.#perRequest || this.#untilProbe-- > 0) return count;
    this.#untilProbe = probeEvery;
    return Math.max(count, Math.min(mostPerRequest, Math.floor(this.#options.maxBytes / this.#averageBytes)));
  }

  #reset(asked: Asked): void {
    this.#drop();
    this.#asked.push(asked);
  }

  #restart(next: number): void {
    this.#drop();
    this.#next = next;
    this.#mustWait = false;
  }

  #drop(): void {
    this.#stop.abort(this.#closedError());
    this.#stop = new AbortController();
    this.#asked.length = 0;
  }

  #takeFault(): unknown {
    const fault = this.#asked[0]?.fault;
    if (fault !== undefined) this.#restart(this.#next);
    return fault;
  }

  async #recover(fault: unknown, signal: AbortSignal | undefined): Promise<void> {
    if (!(fault instanceof RocketmqError) || !fault.retryable) throw fault;
    const now = performance.now();
    if (this.#failingSince === undefined) this.#delayMs = firstDelayMs;
    this.#failingSince ??= now;
    if (now - this.#failingSince > retryForMs) {
      this.#failingSince = undefined;
      throw fault;
    }
    const delay = this.#delayMs;
    this.#delayMs = Math.min(maxDelayMs, delay * 2);
    await this.#pause(delay, signal);
  }

  async #pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    const stop = this.#stop.signal;
    try {
      await sleep(delayMs, undefined, {
        signal: signal === undefined ? stop : AbortSignal.any([stop, signal]),
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (!stop.aborted) throw error;
    }
  }

  #settled(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#wake = undefined;
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        done();
        reject(signal?.reason as Error);
      };
      this.#wake = () => {
        done();
        resolve();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  #noProgress(offset: number): RocketmqError {
    const { topic, broker, queue } = this.queue;
    return new RocketmqError(
      'busy',
      `${broker} is removing what is at offset ${offset} of queue ${queue} of ${topic}`,
    );
  }

  #closedError(): RocketmqError {
    const { topic, broker, queue } = this.queue;
    return new RocketmqError('closed', `the reader of queue ${queue} of ${topic} on ${broker} is closed`);
  }
}
