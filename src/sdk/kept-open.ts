import { ConnectorError } from './errors.js';

export interface Openable<T> {
  open(): Promise<T>;
  isOpen(its: T): boolean;
  /** Of one that broke as well. */
  end(its: T): void | Promise<void>;
}

/**
 * One connection, opened when it is asked for, and again after it broke. Those who ask meanwhile get the same one, and
 * none is left open behind `close`.
 */
export class KeptOpen<T> {
  readonly #its: Openable<T>;
  #current: T | null = null;
  #opening: Promise<T> | null = null;
  #isClosed = false;

  constructor(its: Openable<T>) {
    this.#its = its;
  }

  get(): Promise<T> {
    if (this.#isClosed) return Promise.reject(closed());
    if (this.#current !== null && this.#its.isOpen(this.#current)) return Promise.resolve(this.#current);
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** Idempotent. Whoever waits for one that is being opened is told that there will be none. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#endCurrent();
  }

  async #open(): Promise<T> {
    await this.#endCurrent();
    const opened = await this.#its.open();
    this.#current = opened;
    if (!this.#isClosed) return opened;
    await this.#endCurrent();
    throw closed();
  }

  async #endCurrent(): Promise<void> {
    const ended = this.#current;
    this.#current = null;
    if (ended !== null) await this.#its.end(ended);
  }
}

const closed = (): ConnectorError => new ConnectorError('unavailable', 'the connection was closed');
