import { connect, type Socket } from 'node:net';
import type { Credentials } from '../credentials.js';
import { RocketmqError } from '../errors.js';
import { flagOneWay, flagResponse, FrameReader, type Frame } from './codec/frame.js';
import type { FrameHeader } from './codec/frame-header.js';
import { responseCode } from './answer.js';
import { decodeAnswer, encodeRefusal, encodeRequest } from './request-frame.js';
import type { Answer, AskOptions, Request } from './request.js';

export interface ConnectionOptions {
  readonly connectTimeoutMs: number;
  /**
   * How long an answer may take unless a request says otherwise. After so long with requests waiting and nothing
   * coming the connection is closed.
   */
  readonly requestTimeoutMs: number;
  /** Closes after this long without a byte in either direction and without a request waiting. */
  readonly idleMs: number;
  readonly credentials?: Credentials | undefined;
  /** Requests of the server; only those without an answer (one-way) are of use to a client. */
  readonly onServerRequest?: ((code: number, fields: Readonly<Record<string, string>>) => void) | undefined;
}

interface Waiting {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: Error) => void;
  readonly release: () => void;
}

/** One TCP connection to a name server or broker, with any number of requests in flight. */
export class Connection {
  readonly address: string;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #frames = new FrameReader();
  readonly #waiting = new Map<number, Waiting>();
  readonly #closed: Promise<void>;
  #opaque = 0;
  #fault: RocketmqError | undefined;
  /** Changes with everything that comes. */
  #heard = 0;
  /** How long requests have waited in vain since anything came, and until when that is counted. */
  #silentMs = 0;
  #silentUntil = 0;

  private constructor(address: string, socket: Socket, options: ConnectionOptions) {
    this.address = address;
    this.#socket = socket;
    this.#options = options;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.setTimeout(options.idleMs);
    socket.on('timeout', () => {
      if (this.#waiting.size === 0) this.close();
    });
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    this.#closed = new Promise((resolve) => {
      socket.on('error', (error) => {
        this.#fail(
          new RocketmqError('disconnected', `the connection to ${address} broke: ${textOf(error)}`, {
            cause: error,
            address,
          }),
        );
      });
      socket.on('close', () => {
        this.#fail(new RocketmqError('disconnected', `${address} closed the connection`, { address }));
        resolve();
      });
    });
  }

  /**
   * Rejects with `unreachable`, or `invalid` for what is no address; when `signal` aborts before it is open, with
   * its reason.
   */
  static async open(address: string, options: ConnectionOptions, signal?: AbortSignal): Promise<Connection> {
    const { host, port } = parseAddress(address);
    signal?.throwIfAborted();
    const socket = connect({ host, port });
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
      };
      const end = (reason: Error): void => {
        settle();
        socket.destroy();
        reject(reason);
      };
      const fail = (why: string, cause?: unknown): void => {
        end(new RocketmqError('unreachable', `${address} cannot be reached: ${why}`, { cause, address }));
      };
      const giveUp = (): void => {
        if (signal !== undefined) end(reasonOf(signal));
      };
      const timer = setTimeout(() => {
        fail(`no connection within ${options.connectTimeoutMs} ms`);
      }, options.connectTimeoutMs);
      signal?.addEventListener('abort', giveUp);
      socket.once('connect', () => {
        settle();
        socket.removeAllListeners('error');
        resolve();
      });
      socket.once('error', (error) => {
        fail(textOf(error), error);
      });
    });
    return new Connection(address, socket, options);
  }

  get isOpen(): boolean {
    return this.#fault === undefined;
  }

  /** Resolves when the connection is closed, for whatever reason. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  ask(
    request: Request,
    { signal, timeoutMs = this.#options.requestTimeoutMs }: AskOptions = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(reasonOf(signal));
        return;
      }
      if (this.#fault !== undefined) {
        reject(this.#fault);
        return;
      }
      const opaque = this.#nextOpaque();
      const abandon = (reason: Error): void => {
        if (this.#waiting.delete(opaque)) {
          release();
          reject(reason);
        }
      };
      const { address } = this;
      const heard = this.#heard;
      const timer = setTimeout(() => {
        const why = `${address} did not answer ${request.name} within ${timeoutMs} ms`;
        abandon(new RocketmqError('timeout', why, { address }));
        if (this.#heard === heard) this.#waitedInVain(timeoutMs);
      }, timeoutMs);
      const onAbort = (): void => {
        if (signal !== undefined) abandon(reasonOf(signal));
      };
      const release = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.set(opaque, { request, resolve, reject, release });
      this.#write(encodeRequest(request, opaque, this.#options.credentials));
    });
  }

  /** Requests under way fail with `reason`. */
  close(reason?: RocketmqError): void {
    const { address } = this;
    this.#fail(
      reason ?? new RocketmqError('disconnected', `the connection to ${address} was closed`, { address }),
    );
  }

  /**
   * A way that died without a word, as behind a firewall that forgot it, would else be tried until the system gives
   * it up, a quarter of an hour later. Java's clients close a connection after the first answer that is late.
   */
  #waitedInVain(ms: number): void {
    const now = performance.now();
    this.#silentMs += Math.min(ms, now - this.#silentUntil);
    this.#silentUntil = now;
    if (this.#silentMs < this.#options.requestTimeoutMs) return;
    const { address } = this;
    this.#fail(new RocketmqError('disconnected', `${address} does not answer at all any more`, { address }));
  }

  #nextOpaque(): number {
    do this.#opaque = (this.#opaque + 1) & 0x7fffffff;
    while (this.#waiting.has(this.#opaque));
    return this.#opaque;
  }

  /** What is written in one go of the event loop leaves in one system call. */
  #write(parts: readonly Buffer[]): void {
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      process.nextTick(() => {
        this.#socket.uncork();
      });
    }
    for (const part of parts) this.#socket.write(part);
  }

  #receive(chunk: Buffer): void {
    this.#heard += 1;
    this.#silentMs = 0;
    try {
      for (const frame of this.#frames.push(chunk)) this.#handle(frame);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#fail(
        new RocketmqError('protocol', `${this.address} does not speak RocketMQ's remoting protocol: ${why}`, {
          cause: error,
          address: this.address,
        }),
      );
    }
  }

  #handle({ header, body }: Frame): void {
    if ((header.flag & flagResponse) === 0) {
      this.#handleRequest(header);
      return;
    }
    const waiting = this.#waiting.get(header.opaque);
    // Nobody waits for what was cancelled or came too late.
    if (waiting === undefined) return;
    this.#waiting.delete(header.opaque);
    waiting.release();
    waiting.resolve(decodeAnswer({ header, body }, waiting.request, this.address));
  }

  #handleRequest({ code, opaque, flag, extFields }: FrameHeader): void {
    this.#options.onServerRequest?.(code, extFields ?? {});
    if ((flag & flagOneWay) !== 0) return;
    const remark = `request type ${code} is not supported by this client`;
    this.#write(encodeRefusal(opaque, responseCode.notSupported, remark));
  }

  #fail(fault: RocketmqError): void {
    if (this.#fault !== undefined) return;
    this.#fault = fault;
    this.#socket.destroy();
    for (const waiting of this.#waiting.values()) {
      waiting.release();
      waiting.reject(fault);
    }
    this.#waiting.clear();
  }
}

/** `host:port`; an IPv6 host may stand in brackets. Throws `invalid`. */
export function parseAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^[\]/]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new RocketmqError('invalid', `${JSON.stringify(address)} is no address of the form host:port`);
  }
  return { host, port };
}

/** Of a host with several addresses Node tells by an error that has no text of its own. */
function textOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ');
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error(String(reason));
}
