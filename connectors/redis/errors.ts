import {
  ConnectorError,
  errorText,
  isUnreachable,
  tlsHint,
  type ConnectorErrorCode,
} from '../../src/sdk/index.js';

/** Why Redis did not do `command`: what it said, and what to do about it. */
export function redisError(error: unknown, where: string, command: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const text = errorText(error);
  const message = `Redis at ${where}: ${command}: ${text}`;
  const tls = tlsHint(error);
  if (tls !== undefined) return new ConnectorError('config', message, { cause: error, hint: tls });
  if (isUnreachable(error) || /Connection is closed|connect ETIMEDOUT|Stream isn't writeable/.test(text)) {
    return new ConnectorError('unreachable', message, {
      cause: error,
      hint: 'start Redis there, or correct url; it is tried again by itself',
    });
  }
  const [, code, hint] = answers.find(([pattern]) => pattern.test(text)) ?? [];
  return new ConnectorError(code ?? 'unavailable', message, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Whether it is about what one key holds: other keys may be fine. */
export const isOfOneKey = (error: Error): boolean => error.message.includes('WRONGTYPE');

const answers: readonly (readonly [RegExp, ConnectorErrorCode, string])[] = [
  [
    /WRONGPASS|NOAUTH|invalid password|without any password/i,
    'denied',
    'correct the user and password in url',
  ],
  [/NOPERM/, 'denied', 'grant it to the user of url: ACL SETUSER name +command ~key'],
  [/WRONGTYPE/, 'config', 'the key holds something else: choose another key, or the mode that fits it'],
  [/NOGROUP/, 'not_found', 'the group is gone; it is made anew when the task starts again'],
  [/^MOVED|^ASK /, 'config', 'this is a Redis Cluster, which is not supported: use a proxy or a single node'],
  [/unknown command/i, 'config', 'this needs a newer Redis: 5 for streams, 6.2 for lists'],
  [/OOM /, 'unavailable', 'Redis is full: raise maxmemory, or let keys expire (expire_ms, max_length)'],
  [/READONLY/, 'unavailable', 'this is a replica: name the master in url'],
];
