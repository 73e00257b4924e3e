/**
 * Lets a few in at a time, in the order they came. One that stays longer than usual no longer counts, so that what
 * hangs keeps nobody waiting.
 */
export class Turnstile {
  readonly #atOnce: number;
  readonly #patienceMs: number;
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  constructor(atOnce: number, patienceMs: number) {
    this.#atOnce = atOnce;
    this.#patienceMs = patienceMs;
  }

  /** Resolves with what is to be called when it is done; at once where `stop` aborts: nothing is begun then. */
  async enter(stop?: AbortSignal): Promise<() => void> {
    if (this.#inside >= this.#atOnce) await this.#turn(stop);
    else this.#inside += 1;
    let counts = true;
    const leave = (): void => {
      clearTimeout(late);
      if (!counts) return;
      counts = false;
      this.#next();
    };
    const late = setTimeout(leave, this.#patienceMs);
    return leave;
  }

  /** Whoever leaves hands its place on. */
  #turn(stop: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        this.#waiting.delete(go);
        stop?.removeEventListener('abort', flee);
        resolve();
      };
      const flee = (): void => {
        this.#inside += 1;
        go();
      };
      this.#waiting.add(go);
      if (stop?.aborted === true) flee();
      else stop?.addEventListener('abort', flee, { once: true });
    });
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) this.#inside -= 1;
    else first();
  }
}
