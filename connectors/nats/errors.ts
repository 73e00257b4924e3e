import { ConnectorError, isUnreachable, tlsHint, type ConnectorErrorCode } from '../../src/sdk/index.js';

/** Why NATS did not do what was asked: what it said, and what to do about it. */
export function natsError(error: unknown, where: string, what: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const text = textOf(error);
  const message = `NATS at ${where}: ${what}: ${text}`;
  const tls = tlsHint(causeOf(error) ?? error);
  if (tls !== undefined) return new ConnectorError('config', message, { cause: error, hint: tls });
  if (
    isUnreachable(error) ||
    isUnreachable(causeOf(error)) ||
    (what === 'connect' && /timeout/i.test(text)) ||
    /ECONN|ENOTFOUND|closed|disconnect/i.test(text)
  ) {
    return new ConnectorError('unreachable', message, {
      cause: error,
      hint: 'start NATS there, or correct url; it is tried again by itself',
    });
  }
  const [, code, hint] = answers.find(([pattern]) => pattern.test(text)) ?? [];
  return new ConnectorError(code ?? 'unavailable', message, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

const answers: readonly (readonly [RegExp, ConnectorErrorCode, string])[] = [
  [/permission/i, 'denied', 'grant the user of url the subject (and $JS.API.> for JetStream)'],
  [/authoriz|authentic|nkey|JWT/i, 'denied', 'correct user and password in url, or credentials_file'],
  [/stream not found/i, 'not_found', 'correct stream, or make it: nats stream add NAME --subjects …'],
  [/consumer not found/i, 'not_found', 'the durable is gone; it is made anew when the task starts again'],
  [/workqueue/i, 'config', 'a stream with work-queue retention is read with durable'],
  [
    /no responders/i,
    'not_found',
    'no stream takes the subject: make one (nats stream add NAME --subjects …), or set mode: core',
  ],
  [/jetstream.*not enabled/i, 'config', 'start the server with -js, or set mode: core'],
];

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  const cause = causeOf(error);
  return cause instanceof Error && cause.message !== text ? `${text} (${cause.message})` : text;
}

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);
