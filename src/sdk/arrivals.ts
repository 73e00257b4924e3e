/**
 * What arrives by itself (a subscription, a server's requests), kept until a source's `read` takes it. How
 * much may wait here is bounded by the other side: by what it sends unacknowledged.
 */
export class Arrivals<T> {
  #waiting: T[] = [];
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;

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
    if (this.#waiting.length > 0) return this.#waiting.splice(0, most);
    if (this.#failure !== null) throw this.#failure.error;
    signal.throwIfAborted();
    return null;
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
