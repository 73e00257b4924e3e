import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { RocketmqError } from '../errors.js';
import { Connection, type ConnectionOptions } from './connection.js';
import type { ClientCounts, RequestCount } from '../client-counts.js';
import type { Answer, Ask, AskOptions, Request } from './request.js';

const firstDelayMs = 50;
const maxDelayMs = 1_000;

interface Place {
  connection: Connection | undefined;
  opening: Promise<Connection> | undefined;
  /** How many connections were made. */
  made: number;
  failures: number;
  lastFailureAt: number;
}

/**
 * Connections by address, opened when a request needs them. After a failed attempt the next one starts
 * only some time later (50 ms, doubling to 1 s): callers may retry in a loop.
 */
export class Connections {
  readonly #options: ConnectionOptions;
  readonly #places = new Map<string, Place>();
  readonly #onOpened: (address: string) => void;
  readonly #stop = new AbortController();
  /** By the request's name. */
  readonly #requests = new Map<string, { -readonly [Key in keyof RequestCount]: RequestCount[Key] }>();

  constructor(options: ConnectionOptions, onOpened: (address: string) => void = () => undefined) {
    this.#options = options;
    this.#onOpened = onOpened;
  }

  to(address: string): Ask {
    return (request, options) => this.ask(address, request, options);
  }

  async ask(address: string, request: Request, options?: AskOptions): Promise<Answer> {
    const startedAt = performance.now();
    const counted = this.#requests.get(request.name) ?? { asked: 0, failed: 0, seconds: 0 };
    if (counted.asked === 0) this.#requests.set(request.name, counted);
    counted.asked += 1;
    try {
      return await this.#ask(address, request, options);
    } catch (error) {
      // Who gave up waiting did not fail.
      if (options?.signal?.aborted !== true) counted.failed += 1;
      throw error;
    } finally {
      counted.seconds += (performance.now() - startedAt) / 1000;
    }
  }

  /** What was asked so far, and how many connections are open. */
  get counts(): ClientCounts {
    const open = [...this.#places.values()].filter(({ connection }) => connection?.isOpen === true);
    return { connections: open.length, requests: this.#requests };
  }

  async #ask(
    address: string,
    request: Request,
    { signal, timeoutMs = this.#options.requestTimeoutMs }: AskOptions = {},
  ): Promise<Answer> {
    if (this.#stop.signal.aborted) throw this.#closedError();
    signal?.throwIfAborted();
    // One signal may well stand for more requests than Node suspects of a leak.
    if (signal !== undefined) setMaxListeners(0, signal);
    const place = this.#placeOf(address);
    if (place.connection?.isOpen === true) return place.connection.ask(request, { signal, timeoutMs });
    const startedAt = performance.now();
    const late = (): RocketmqError =>
      new RocketmqError('unreachable', `${address} cannot be reached: no connection within ${timeoutMs} ms`, {
        address,
      });
    const connection = await inTime(this.#open(address, place), { signal, timeoutMs, late });
    return connection.ask(request, {
      signal,
      timeoutMs: Math.ceil(timeoutMs - (performance.now() - startedAt)),
    });
  }

  /** Tells the open connection to an address from those before it; null while none is open. */
  generation(address: string): number | null {
    const place = this.#places.get(address);
    return place?.connection?.isOpen === true ? place.made : null;
  }

  async close(): Promise<void> {
    this.#stop.abort(this.#closedError());
    const open = [...this.#places.values()].flatMap(({ connection }) => connection ?? []);
    for (const connection of open) connection.close(this.#closedError());
    await Promise.all(open.map((connection) => connection.closed));
  }

  #placeOf(address: string): Place {
    let place = this.#places.get(address);
    if (place === undefined) {
      place = { connection: undefined, opening: undefined, made: 0, failures: 0, lastFailureAt: 0 };
      this.#places.set(address, place);
    }
    return place;
  }

  #open(address: string, place: Place): Promise<Connection> {
    place.opening ??= this.#attempt(address, place).finally(() => {
      place.opening = undefined;
    });
    return place.opening;
  }

  async #attempt(address: string, place: Place): Promise<Connection> {
    await this.#pause(place);
    try {
      const connection = await Connection.open(address, this.#options, this.#stop.signal);
      if (this.#stop.signal.aborted) connection.close(this.#closedError());
      place.connection = connection;
      place.made++;
      place.failures = 0;
      this.#onOpened(address);
      return connection;
    } catch (error) {
      place.failures++;
      place.lastFailureAt = performance.now();
      throw error;
    }
  }

  async #pause({ failures, lastFailureAt }: Place): Promise<void> {
    if (failures === 0) return;
    const left = lastFailureAt + Math.min(maxDelayMs, firstDelayMs * 2 ** (failures - 1)) - performance.now();
    if (left <= 0) return;
    await sleep(left, undefined, { signal: this.#stop.signal }).catch(() => {
      throw this.#closedError();
    });
  }

  #closedError(): RocketmqError {
    return new RocketmqError('closed', 'the RocketMQ client is closed');
  }
}

/** What is waited for goes on for others; only the one who gave up, or has no more time, stops waiting. */
async function inTime<T>(
  promise: Promise<T>,
  limits: {
    readonly signal: AbortSignal | undefined;
    readonly timeoutMs: number;
    readonly late: () => Error;
  },
): Promise<T> {
  const { signal, timeoutMs, late } = limits;
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(late());
    }, timeoutMs);
    const onAbort = (): void => {
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    });
  });
}
