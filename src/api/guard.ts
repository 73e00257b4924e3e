import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ApiFailure } from './failure.js';

export interface GuardOptions {
  /** Null: whoever reaches the address may do all. */
  readonly token: string | null;
  /** Where the server listens. */
  readonly host: string;
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

/** Whether the request has the token, where there is one. What was given wrong is refused, even where none is needed. */
export function isTrusted({ headers }: IncomingMessage, { token }: GuardOptions): boolean {
  if (token === null) return true;
  const given = /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1]?.trim();
  return given !== undefined && isSame(given, token);
}

export function unauthorized(): ApiFailure {
  return new ApiFailure(401, 'unauthorized', 'the token is missing, or wrong', {
    hint: 'send Authorization: Bearer TOKEN',
    headers: { 'www-authenticate': 'Bearer realm="rmq-connect"' },
  });
}

/** Takes the same time whatever the texts have in common, and however long they are. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/**
 * Throws where the request is one that a page of another site had a browser send. Without a token nothing else
 * would keep such a page out, so that then nothing at all is told under a foreign name (which may have been made
 * to lead here).
 */
export function refuseForeign(
  { headers }: IncomingMessage,
  changes: boolean,
  { token, host: own }: GuardOptions,
): void {
  const { host = '', origin } = headers;
  const isOwn = isOwnName(nameOf(host), own);
  if (token === null && !isOwn)
    throw foreign(`the Host header says ${host}, which is not where this listens`);
  if (!changes) return;
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') throw foreign('a page of another site has sent it');
  if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return;
  throw foreign(`the Origin header says ${origin}, which is not this`);
}

const foreign = (message: string): ApiFailure => new ApiFailure(403, 'foreign', message);

function isOwnName(name: string, own: string): boolean {
  return name === own || name === `[${own}]` || (isLoopback(own) && isLoopback(name));
}

const nameOf = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();
