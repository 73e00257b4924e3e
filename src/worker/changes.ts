/** Lets one wait for the next of many changes. */
export class Changes {
  readonly #end: AbortSignal;
  #waiting: (() => void)[] = [];

  /** `end` counts as a change. */
  constructor(end: AbortSignal) {
    this.#end = end;
    end.addEventListener('abort', () => {
      this.note();
    });
  }

  note(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves at the first change after this call. */
  next(): Promise<void> {
    if (this.#end.aborted) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
