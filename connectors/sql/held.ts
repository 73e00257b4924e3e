/** Bytes that wait to be taken: above the first the other side is not read from, below the second it is again. */
const highWater = 2 * 1024 * 1024;
const lowWater = 512 * 1024;
/** What a message takes beside its bytes, about. */
const overhead = 200;

/** Holds what another system sends until it is taken, in bounded memory. */
export class Held<T> {
  readonly #flow: { readonly pause: () => void; readonly resume: () => void };
  #waiting: { readonly message: T; readonly bytes: number }[] = [];
  #taken = 0;
  #bytes = 0;
  #paused = false;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;

  /** `flow`: how the other side is kept waiting. */
  constructor(flow: { readonly pause: () => void; readonly resume: () => void }) {
    this.#flow = flow;
  }

  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  add(message: T, length: number): void {
    const bytes = length + overhead;
    this.#waiting.push({ message, bytes });
    this.#bytes += bytes;
    if (!this.#paused && this.#bytes > highWater) {
      this.#paused = true;
      this.#flow.pause();
    }
    this.#wake?.();
  }

  /** What waits is still given; then this is thrown. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  /** The next message, or undefined while there is none. */
  take(): T | undefined {
    const next = this.#waiting[this.#taken];
    if (next === undefined) {
      if (this.#failure !== null) throw this.#failure;
      return undefined;
    }
    this.#taken += 1;
    this.#bytes -= next.bytes;
    if (this.#taken === this.#waiting.length || this.#taken > 1000) {
      this.#waiting = this.#waiting.slice(this.#taken);
      this.#taken = 0;
    }
    if (this.#paused && this.#bytes < lowWater) {
      this.#paused = false;
      this.#flow.resume();
    }
    return next.message;
  }

  /** Resolves when there is something to take, or to throw, or when `signal` aborts. */
  async ready(signal: AbortSignal): Promise<void> {
    if (this.#taken < this.#waiting.length || this.#failure !== null || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#wake = null;
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
