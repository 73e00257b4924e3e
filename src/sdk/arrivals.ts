/**
 * What arrives by itself (a subscription, a server's requests), kept until a source's `read` takes it. How
 * much may wait here is bounded by the other side: by what it sends unacknowledged.
 */
export class Arrivals<T> {
  #waiting: T[] = [];
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;
  #taken: () => void = () => undefined;

  get size(): number {
    return this.#waiting.length;
  }

  push(item: T): void {
    this.#waiting.push(item);
    this.#wake();
  }

  /** Nothing more will arrive: whoever takes is told so once nothing waits. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /**
   * Up to `most` of what has arrived, at least one; waits for it. Null when nothing has come for `idleMs`.
   * Rejects with the signal's reason, or with what `fail` was given.
   */
  async take(most: number, signal: AbortSignal, idleMs?: number): Promise<T[] | null> {
    signal.throwIfAborted();
    if (this.#waiting.length === 0 && this.#failure === null) await this.#arrival(signal, idleMs);
    if (this.#waiting.length > 0) {
      const taken = this.#waiting.splice(0, most);
      this.#taken();
      return taken;
    }
    if (this.#failure !== null) throw this.#failure.error;
    signal.throwIfAborted();
    return null;
  }

  /** Resolves when fewer than `most` wait, for who can hold back what comes; one at a time may ask. */
  async room(most: number): Promise<void> {
    while (this.#waiting.length >= most) {
      await new Promise<void>((resolve) => {
        this.#taken = resolve;
      });
    }
  }

  /** What nobody has taken; nobody will. */
  rest(): readonly T[] {
    const rest = this.#waiting.splice(0);
    this.#taken();
    return rest;
  }

  #arrival(signal: AbortSignal, idleMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = idleMs === undefined ? undefined : setTimeout(done, idleMs);
      signal.addEventListener('abort', done, { once: true });
      this.#wake = done;
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }
}
