import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import {
  Arrivals,
  ConnectorError,
  errorText,
  Unsettled,
  type Position,
  type SourceBatch,
  type SourceTask,
  type TlsOptions,
} from '../../src/sdk/index.js';
import { listening } from './listening.js';
import { bodyOf, recordsIn, Refusal, type Posted } from './posted.js';
import { usual, type HttpSourceConfig } from './spec.js';

/** Tells a look from outside that it is one of ours that listens. */
export const serverName = 'rmq-connect';
const batchRecords = 1_000;
/** Bodies of requests that are not answered yet; one alone may have more. */
const mostWaitingBytes = 64 * 1024 * 1024;

/** A request that is answered when all its records are stored. */
interface Waiting {
  left: number;
  readonly count: number;
  readonly response: ServerResponse;
}

/** Takes POSTs; answers 200 when RocketMQ has stored all that a request brought. */
export async function serve(config: HttpSourceConfig, tls: TlsOptions | null): Promise<SourceTask> {
  const task = new ServerTask(config);
  const server = tls === null ? createServer(task.listener) : createSecureServer({ ...tls }, task.listener);
  await listening(server, config.listen ?? '');
  task.listensAt(server);
  return task;
}

class ServerTask implements SourceTask {
  readonly #config: HttpSourceConfig;
  readonly #path: string;
  readonly #arrivals = new Arrivals<{ readonly record: Posted; readonly waiting: Waiting }>();
  readonly #unsettled = new Unsettled<Waiting>();
  readonly #open = new Set<ServerResponse>();
  #server: Server | null = null;
  #isClosing = false;
  #waitingBytes = 0;

  constructor(config: HttpSourceConfig) {
    this.#config = config;
    this.#path = config.path ?? usual.path;
  }

  readonly listener = (request: IncomingMessage, response: ServerResponse): void => {
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
    this.#take(request, response).catch((error: unknown) => {
      const status = error instanceof Refusal ? error.status : 400;
      answer(response, status, { error: errorText(error) });
    });
  };

  listensAt(server: Server): void {
    this.#server = server;
    // A connection that cannot be taken, as when all file descriptors are in use: without a listener it ends the process.
    server.on('error', (cause) => {
      const message = `the server on ${this.#config.listen ?? ''} takes no connections: ${cause.message}`;
      this.#arrivals.fail(new ConnectorError('unavailable', message, { cause }));
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#refuse(request);
    const mostBytes = this.#config.max_body_bytes ?? usual.bodyBytes;
    const declared = Number(request.headers['content-length'] ?? mostBytes);
    const used = this.#roomFor(response, Math.min(declared, mostBytes));
    const body = await bodyOf(request, mostBytes);
    used(body.length);
    const records = recordsIn(request.headers, body);
    if (records.length === 0) {
      answer(response, 200, { stored: 0 });
      return;
    }
    const waiting: Waiting = { left: records.length, count: records.length, response };
    for (const record of records) this.#arrivals.push({ record, waiting });
    const patience = this.#config.timeout_ms;
    const late = setTimeout(() => {
      answer(response, 504, { error: `RocketMQ has not stored it for ${patience} ms; it still may` });
    }, patience);
    response.once('close', () => {
      clearTimeout(late);
    });
  }

  /** Throws `Refusal` for what is not to be taken, whatever its body. */
  #refuse(request: IncomingMessage): void {
    const { token, max_waiting: mostWaiting = usual.waiting } = this.#config;
    const asked = new URL(request.url ?? '/', 'http://here').pathname;
    if (asked !== this.#path) throw new Refusal(404, `POST to ${this.#path}`);
    if (request.method !== 'POST') throw new Refusal(405, 'only POST is taken here');
    if (!isAllowed(request, token)) throw new Refusal(401, 'a bearer token is missing, or is another one');
    if (this.#isClosing || this.#open.size > mostWaiting) throw busy();
  }

  /** Keeps room for a body, until its request is answered; what is returned is told how large the body is. */
  #roomFor(response: ServerResponse, bytes: number): (bytes: number) => void {
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > mostWaitingBytes) throw busy();
    let kept = bytes;
    this.#waitingBytes += kept;
    response.once('close', () => {
      this.#waitingBytes -= kept;
      kept = 0;
    });
    return (size) => {
      if (response.destroyed) return;
      this.#waitingBytes += size - kept;
      kept = size;
    };
  }

  async read(signal: AbortSignal): Promise<SourceBatch> {
    const taken = (await this.#arrivals.take(batchRecords, signal)) ?? [];
    const records = taken.map(({ record, waiting }) => ({
      ...record,
      position: this.#unsettled.add(waiting),
    }));
    return { partition: this.#path, records };
  }

  committed(_partition: string, position: Position): Promise<void> {
    for (const waiting of this.#unsettled.upTo(position)) {
      waiting.left -= 1;
      if (waiting.left === 0) answer(waiting.response, 200, { stored: waiting.count });
    }
    return Promise.resolve();
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (this.#isClosing || server === null) return;
    this.#isClosing = true;
    for (const response of this.#open) answer(response, 503, { error: 'it is stopping: send it again' });
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    const impatient = setTimeout(() => {
      server.closeAllConnections();
    }, 500);
    await closed;
    clearTimeout(impatient);
  }
}

const busy = (): Refusal => new Refusal(503, 'busy: try again later');

function answer(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return;
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    server: serverName,
    'content-length': Buffer.byteLength(text),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 503 ? { 'retry-after': '1' } : {}),
    // What is left of a body that was refused is not read.
    ...(status >= 400 ? { connection: 'close' } : {}),
  });
  response.end(text);
}

function isAllowed({ headers }: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
