import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConnectorError,
  maskedUrl,
  type ConnectorContext,
  type JsonValue,
  type Position,
  type SourceBatch,
  type SourceTask,
  type TlsOptions,
} from '../../src/sdk/index.js';
import { refusalOf, Requester, retryAfterMs } from './request.js';
import { usual, type HttpSourceConfig } from './spec.js';

/** The page that is asked for behind `cursor`, or had `etag`, and how many of its records are done. */
interface Place {
  readonly cursor: string | null;
  readonly etag: string | null;
  readonly done: number;
}

/** Who asks is no part of it: another token goes on where the one before it was. */
function placeIn(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

const begin: Place = { cursor: null, etag: null, done: 0 };

/** The records of an address's pages, one page after the other, and again when there may be more. */
export function readPages(
  config: HttpSourceConfig,
  its: {
    readonly tls: TlsOptions | null;
    readonly positions: ReadonlyMap<string, Position>;
    readonly context: ConnectorContext;
  },
): SourceTask {
  const url = config.url ?? '';
  const partition = placeIn(url);
  const requester = new Requester({ tls: its.tls, timeoutMs: config.timeout_ms, connections: 1 });
  const pause = config.poll_ms ?? usual.pollMs;
  let place = placeOf(its.positions.get(partition));
  let waitMs = 0;
  return {
    read: async (signal) => {
      for (;;) {
        signal.throwIfAborted();
        if (waitMs > 0 && its.context.once) return null;
        if (waitMs > 0) await waitFor(waitMs, signal);
        waitMs = 0;
        const page = await nextPage(requester, config, place, signal);
        if (page !== null) {
          place = page.next;
          // It was all there is: asked for at once it would be the same again.
          if (config.cursor === undefined) waitMs = pause;
          if (page.batch.length > 0) return { partition, records: page.batch };
          if (page.isMore) continue;
        }
        if (its.context.once) return null;
        waitMs = pause;
      }
    },
    close: () => {
      requester.close();
      return Promise.resolve();
    },
  };
}

interface Page {
  readonly batch: SourceBatch['records'];
  readonly next: Place;
  /** Whether there is another page behind it for certain. */
  readonly isMore: boolean;
}

/** Null: it is the page that is done already. */
async function nextPage(
  requester: Requester,
  config: HttpSourceConfig,
  place: Place,
  signal: AbortSignal,
): Promise<Page | null> {
  const url = new URL(config.url ?? '');
  if (config.cursor !== undefined && place.cursor !== null)
    url.searchParams.set(config.cursor.param, place.cursor);
  const headers = {
    accept: 'application/json',
    ...(config.token === undefined ? {} : { authorization: `Bearer ${config.token}` }),
    ...config.headers,
    // The page that is half done is wanted again.
    ...(config.cursor === undefined && place.etag !== null && place.done === 0
      ? { 'if-none-match': place.etag }
      : {}),
  };
  const answer = await requester.send({ method: 'GET', url: url.href, headers }, signal);
  if (answer.status === 304 || answer.status === 204) return null;
  if (answer.status !== 200) {
    const error = refusalOf(answer, 'GET', config.url ?? '');
    const asked = retryAfterMs(answer, Date.now());
    if (asked !== null && error.retryable) await waitFor(asked, signal);
    // There is no record to blame.
    throw error.code === 'bad_data'
      ? new ConnectorError('config', error.message, { hint: 'correct url' })
      : error;
  }
  const body = parsed(answer.body, config);
  const items = itemsOf(body, config);
  const etag = answer.headers.etag ?? null;
  return config.cursor === undefined
    ? wholePage(items, etag, place)
    : pageBehind(items, place, textAt(body, config.cursor.from));
}

/** Without a cursor: all of it, whenever it has changed. */
function wholePage(items: readonly JsonValue[], etag: string | null, place: Place): Page {
  const done = etag !== null && etag === place.etag ? place.done : 0;
  const next: Place = { cursor: null, etag, done: 0 };
  const batch = records(items, done, (count) =>
    count === items.length ? next : { cursor: null, etag, done: count },
  );
  return { batch, next, isMore: false };
}

/** With a cursor: what is behind it; the page without a next one is asked for again, for what was added to it. */
function pageBehind(items: readonly JsonValue[], { cursor, done }: Place, following: string | null): Page {
  const isMore = following !== null && following !== cursor;
  const next: Place = isMore
    ? { cursor: following, etag: null, done: 0 }
    : { cursor, etag: null, done: Math.max(done, items.length) };
  const batch = records(items, done, (count) =>
    count === items.length ? next : { cursor, etag: null, done: count },
  );
  return { batch, next, isMore };
}

const records = (
  items: readonly JsonValue[],
  done: number,
  placeAfter: (count: number) => Place,
): SourceBatch['records'] =>
  items.slice(done).map((value, index) => ({ value, position: { ...placeAfter(done + index + 1) } }));

function parsed(body: Buffer, { url }: HttpSourceConfig): JsonValue {
  try {
    return JSON.parse(body.toString('utf8')) as JsonValue;
  } catch (cause) {
    throw new ConnectorError('config', `GET ${maskedUrl(url ?? '')}: the answer is not JSON`, {
      cause,
      hint: 'name an address that answers with JSON',
    });
  }
}

function itemsOf(body: JsonValue, { items, url }: HttpSourceConfig): readonly JsonValue[] {
  const found = items === undefined ? body : at(body, items);
  if (Array.isArray(found)) return found as readonly JsonValue[];
  if (items === undefined) return [body];
  throw new ConnectorError('config', `GET ${maskedUrl(url ?? '')}: the answer has no list at ${items}`, {
    hint: 'correct items: the path to the list, like data.items',
  });
}

function textAt(body: JsonValue, path: string): string | null {
  const found = at(body, path);
  if (found === undefined || found === null) return null;
  return typeof found === 'string' ? found : JSON.stringify(found);
}

function at(body: JsonValue, path: string): JsonValue | undefined {
  let here: JsonValue | undefined = body;
  for (const name of path.split('.')) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined;
    here = (here as Readonly<Record<string, JsonValue>>)[name];
  }
  return here;
}

function placeOf(position: Position | undefined): Place {
  if (typeof position !== 'object' || position === null || !('done' in position)) return begin;
  const { cursor, etag, done } = position as unknown as Place;
  return { cursor, etag, done };
}

/** Rejects with the signal's own reason. */
async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error;
  });
}
