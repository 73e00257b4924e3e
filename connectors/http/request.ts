import { Agent as PlainAgent, request as plainRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { ConnectorError, maskedUrl, tlsHint, type TlsOptions } from '../../src/sdk/index.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Request {
  readonly method: string;
  /** May hold user and password: they become basic authorization. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** Answers are read whole; more than this is not an answer to expect. */
const mostBytes = 64 * 1024 * 1024;

/** Requests over connections that are kept open until it is closed. */
export class Requester {
  readonly #plain: PlainAgent;
  readonly #secure: SecureAgent;
  readonly #timeoutMs: number;

  constructor(options: { tls: TlsOptions | null; timeoutMs: number; connections: number }) {
    const its = { keepAlive: true, maxSockets: options.connections };
    this.#plain = new PlainAgent(its);
    this.#secure = new SecureAgent({ ...its, ...options.tls });
    this.#timeoutMs = options.timeoutMs;
  }

  /** Any answer, whatever its status. Throws `unreachable` where there is none. */
  async send({ method, url, headers, body }: Request, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const target = new URL(url);
    const { username, password } = target;
    const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
    const auth = username === '' ? {} : { authorization: `Basic ${basic.toString('base64')}` };
    target.username = target.password = '';
    const isSecure = target.protocol === 'https:';
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    // Not AbortSignal.timeout: nothing else would hold it, and one that is collected as garbage never aborts.
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
    }, this.#timeoutMs);
    const limit = AbortSignal.any([signal, late.signal]);
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const request = (isSecure ? secureRequest : plainRequest)(target, {
          method,
          headers: { ...auth, ...headers, ...length },
          agent: isSecure ? this.#secure : this.#plain,
          signal: limit,
        });
        request.on('error', reject);
        request.once('response', (response) => {
          const parts: Buffer[] = [];
          let size = 0;
          response.on('data', (part: Buffer) => {
            size += part.length;
            if (size > mostBytes) request.destroy(tooLarge(method, url));
            else parts.push(part);
          });
          response.on('error', reject);
          response.once('end', () => {
            const { statusCode = 0, headers: its } = response;
            resolve({ status: statusCode, headers: its, body: Buffer.concat(parts) });
          });
        });
        request.end(body);
      });
    } catch (cause) {
      signal.throwIfAborted();
      throw cause instanceof ConnectorError ? cause : this.#unreachable(cause, method, url);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  #unreachable(cause: unknown, method: string, url: string): ConnectorError {
    const late = cause instanceof Error && cause.name === 'AbortError';
    const why = late
      ? `no answer for ${this.#timeoutMs} ms`
      : cause instanceof Error
        ? cause.message
        : String(cause);
    const tls = tlsHint(cause);
    return new ConnectorError(
      tls === undefined ? 'unreachable' : 'config',
      `${method} ${maskedUrl(url)}: ${why}`,
      {
        cause,
        hint: tls ?? 'start what answers there, or correct url; it is tried again by itself',
      },
    );
  }
}

const tooLarge = (method: string, url: string): ConnectorError =>
  new ConnectorError('config', `${method} ${maskedUrl(url)}: the answer has more than ${mostBytes} bytes`, {
    hint: 'name an address that answers in smaller pages',
  });

/** Why an answer is no success. `bad_data` is about what was sent: another record may be taken. */
export function refusalOf({ status, body }: Answer, method: string, url: string): ConnectorError {
  const said = body.toString('utf8', 0, 200).replace(/\s+/g, ' ').trim();
  const message = `${method} ${maskedUrl(url)}: answered ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 401 || status === 403) {
    return new ConnectorError('denied', message, { hint: 'correct token, or user and password in url' });
  }
  if (status === 404 || status === 405 || status === 410) {
    return new ConnectorError('not_found', message, { hint: 'correct url and method' });
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return new ConnectorError('unavailable', message, { hint: 'it is tried again by itself' });
  }
  if (status >= 300 && status < 400) {
    return new ConnectorError('config', message, { hint: 'it has moved: put the new address into url' });
  }
  return new ConnectorError('bad_data', message, { hint: 'the answer says what is wrong with the record' });
}

/** How long the answer asks to wait; null where it does not. */
export function retryAfterMs({ headers }: Pick<Answer, 'headers'>, now: number): number | null {
  const asked = headers['retry-after'];
  if (asked === undefined) return null;
  const seconds = Number(asked);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(asked) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), longestWaitMs) : null;
}

const longestWaitMs = 300_000;
