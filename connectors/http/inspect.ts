import {
  fine,
  maskedUrl,
  problem,
  textsByTopic,
  tlsOptions,
  warning,
  type Finding,
  type Findings,
  type InspectContext,
  type SinkInspectContext,
} from '../../src/sdk/index.js';
import { Requester } from './request.js';
import { placeOf, portIsFree } from './listening.js';
import { serverName } from './server-task.js';
import { usual, type HttpSinkConfig, type HttpSourceConfig } from './spec.js';

export async function* inspectSource(config: HttpSourceConfig, context: InspectContext): Findings {
  const { listen = '', url = '' } = config;
  if (config.mode === 'server') {
    if (config.tls !== undefined) await tlsOptions(config.tls, context.baseDir);
    try {
      await portIsFree(listen);
      yield fine(`${listen} is free to listen on`);
    } catch (error) {
      if (!(await isServed(config, context))) throw error;
      yield warning(`an rmq-connect listens on ${listen}: the connector may be running`);
    }
    return;
  }
  const { token, headers = {} } = config;
  const auth = token === undefined ? {} : { authorization: `Bearer ${token}` };
  yield await answering(config, context, { method: 'GET', url, headers: { ...auth, ...headers } });
}

export async function* inspectSink(config: HttpSinkConfig, context: SinkInspectContext): Findings {
  const { token, url } = config;
  const urls = textsByTopic(url, context.topics, encodeURIComponent);
  if (urls === null) {
    yield warning('the records decide the address: whether it answers is not looked at');
    return;
  }
  const headers: Readonly<Record<string, string>> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  // Those that are filled in for each record may be what lets in.
  const hasOwn = Object.keys(config.headers).length > 0;
  for (const its of urls)
    yield await answering(config, context, { method: 'HEAD', url: its, headers }, hasOwn ? 'headers' : null);
}

/** Whether what listens there is a server like ours, which takes no GET, and says who it is. */
async function isServed(
  { listen = '', path = usual.path, tls }: HttpSourceConfig,
  { timeoutMs }: InspectContext,
) {
  const { host, port } = placeOf(listen);
  const its = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  const url = `${tls === undefined ? 'http' : 'https'}://${its}:${String(port)}${path}`;
  // Its certificate is ours, and may have any name.
  const requester = new Requester({ tls: { rejectUnauthorized: false }, timeoutMs, connections: 1 });
  try {
    const request = { method: 'GET', url, headers: {} };
    const { status, headers } = await requester.send(request, new AbortController().signal);
    return status === 405 && headers.server === serverName;
  } catch {
    return false;
  } finally {
    requester.close();
  }
}

/** HEAD and GET change nothing; what takes POSTs only may say so. */
async function answering(
  { tls, timeout_ms: timeout }: Pick<HttpSinkConfig, 'tls' | 'timeout_ms'>,
  { baseDir, timeoutMs }: InspectContext,
  request: {
    readonly method: 'HEAD' | 'GET';
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  },
  left: 'headers' | null = null,
): Promise<Finding> {
  if (!URL.canParse(request.url))
    return problem('url is no address', 'write http://HOST/PATH or https://HOST/PATH');
  const requester = new Requester({
    tls: tls === undefined ? null : await tlsOptions(tls, baseDir),
    timeoutMs: Math.min(timeout, timeoutMs),
    connections: 1,
  });
  try {
    const { status } = await requester.send(request, new AbortController().signal);
    const where = maskedUrl(request.url);
    const refused = status === 401 || status === 403;
    if (refused && left !== null)
      return warning(`${where} answers ${status} to ${request.method} without ${left}`);
    if (refused)
      return problem(
        `${where} answers ${status} to ${request.method}`,
        'correct token, or user and password in url',
      );
    if (request.method === 'GET' && status >= 400)
      return problem(`${where} answers ${status} to GET`, 'correct url');
    if (status >= 500) return warning(`${where} answers ${status} to ${request.method}`);
    return fine(`${where} answers (${status} to ${request.method})`);
  } finally {
    requester.close();
  }
}
