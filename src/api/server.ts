import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody } from './body.js';
import { checked, queryOf } from './check.js';
import { ApiFailure } from './failure.js';
import { isTrusted, refuseForeign, unauthorized, type GuardOptions } from './guard.js';
import type { Answer, Route } from './route.js';
import { Router } from './router.js';

export interface ApiServerOptions {
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  readonly token: string | null;
  readonly routes: readonly Route[];
  /** Requests that come before it resolves wait for it. */
  readonly ready: Promise<void>;
  /** What a failure looks like in this family of routes. */
  readonly failed: (failure: ApiFailure) => Answer;
  /** Makes a failure of what a handler threw that is none. */
  readonly failureOf: (error: unknown) => ApiFailure;
  /** Told of what nobody foresaw: not of a system that is away. */
  readonly onFault: (error: unknown) => void;
  readonly patience?: Patience;
}

/** A client that takes longer to send its request is cut off. All in milliseconds. */
export interface Patience {
  readonly headers: number;
  readonly request: number;
  /** How often it is looked. */
  readonly look: number;
}

export interface ApiServer {
  /** `http://127.0.0.1:8082` */
  readonly url: string;
  /** Ends what is open, streams too. */
  close(): Promise<void>;
}

const usualPatience: Patience = { headers: 10_000, request: 20_000, look: 2_000 };
const mostConnections = 512;

/** Throws what listening throws. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { host, port, routes, patience = usualPatience } = options;
  const router = new Router(routes);
  const closing = new AbortController();
  const server = createServer(
    {
      requestTimeout: patience.request,
      headersTimeout: patience.headers,
      maxHeaderSize: 16 * 1024,
      connectionsCheckingInterval: patience.look,
      keepAliveTimeout: 30_000,
    },
    (request, response) => {
      void serve(request, response, router, options, closing.signal);
    },
  );
  server.maxConnections = mostConnections;
  server.on('clientError', (error, socket) => {
    if (!socket.writable) return;
    const late = 'code' in error && error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    socket.end(`HTTP/1.1 ${late ? '408 Request Timeout' : '400 Bad Request'}\r\nconnection: close\r\n\r\n`);
  });
  await listening(server, host, port);
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host}:${String(taken)}`,
    close: async () => {
      closing.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host.replace(/^\[|\]$/g, ''), () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  router: Router,
  options: ApiServerOptions,
  closing: AbortSignal,
): Promise<void> {
  try {
    await options.ready;
    const answer = await answered(request, router, options);
    send(answer, request, response, closing);
  } catch (error) {
    // Nobody waits for an answer.
    if (response.destroyed || request.socket.destroyed) return;
    const failure = error instanceof ApiFailure ? error : options.failureOf(error);
    if (failure.status === 500) options.onFault(error);
    if (response.headersSent) response.destroy();
    else send(options.failed(failure), request, response, closing);
  }
}

async function answered(
  request: IncomingMessage,
  router: Router,
  { token, host }: ApiServerOptions,
): Promise<Answer> {
  const { method = 'GET', url = '/' } = request;
  const asked = `http://localhost${url}`;
  if (!URL.canParse(asked)) throw new ApiFailure(400, 'bad_path', 'the path cannot be read');
  const target = new URL(asked);
  const guard: GuardOptions = { token, host };
  const trusted = isTrusted(request, guard);
  const { route, params } = found(router, method, target.pathname, trusted);
  if (!trusted && (!route.open || request.headers.authorization !== undefined)) throw unauthorized();
  // Who only asks what there is must not change anything.
  if (method === 'HEAD' && route.changes) {
    const message = `${target.pathname} has no HEAD: it would change something`;
    throw new ApiFailure(405, 'unknown_method', message, { headers: { allow: route.method } });
  }
  refuseForeign(request, route.changes, guard);
  const query = checked(route.query, queryOf(target.searchParams), 'query');
  const body = route.body === null ? null : checked(route.body, await readBody(request), 'body');
  return route.handle({ params, query, body, headers: request.headers, trusted });
}

/** Who has no token learns nothing, not even which paths there are. */
function found(router: Router, method: string, path: string, trusted: boolean): ReturnType<Router['find']> {
  try {
    return router.find(method === 'HEAD' ? 'GET' : method, path);
  } catch (error) {
    if (!trusted) throw unauthorized();
    throw error;
  }
}

/** Of all answers: nobody but who asked is to keep or to interpret them. */
const always = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

function send(
  answer: Answer,
  request: IncomingMessage,
  response: ServerResponse,
  closing: AbortSignal,
): void {
  if ('stream' in answer) {
    response.writeHead(answer.status, { ...always, 'content-type': answer.type });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const gone = new AbortController();
    response.once('close', () => {
      gone.abort();
    });
    // Who has gone before would never be seen to go, and what writes to it never end.
    if (response.destroyed || closing.aborted) response.destroy();
    else answer.stream(response, AbortSignal.any([gone.signal, closing]));
    return;
  }
  const { headers = {} } = answer;
  if ('json' in answer || 'text' in answer) {
    const body = 'json' in answer ? `${JSON.stringify(answer.json)}\n` : answer.text;
    const type = 'json' in answer ? 'application/json; charset=utf-8' : answer.type;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    response.writeHead(answer.status, {
      ...always,
      'content-type': type,
      'content-length': bytes.length,
      ...headers,
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  } else {
    response.writeHead(answer.status, { ...always, ...headers });
    response.end();
  }
}
