import { ConnectorError, isUnreachable, tlsHint, type ConnectorErrorCode } from '../../src/sdk/index.js';

/** Why RabbitMQ did not do what was asked: what it said, and what to do about it. */
export function rabbitError(error: unknown, where: string, what: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const text = error instanceof Error ? error.message || error.name : String(error);
  const message = `RabbitMQ at ${where}: ${what}: ${text}`;
  const tls = tlsHint(error);
  if (tls !== undefined) return new ConnectorError('config', message, { cause: error, hint: tls });
  const found = answers.find(([pattern]) => pattern.test(text));
  if (found !== undefined) return new ConnectorError(found[1], message, { cause: error, hint: found[2] });
  if (isUnreachable(error) || /clos|ended|timeout|TIMEDOUT|ECONN|CONNECTION-FORCED|shutdown/i.test(text)) {
    return new ConnectorError('unreachable', message, {
      cause: error,
      hint: 'start RabbitMQ there, or correct url; it is tried again by itself',
    });
  }
  return new ConnectorError('unavailable', message, { cause: error, hint: 'look into the log of RabbitMQ' });
}

const answers: readonly (readonly [RegExp, ConnectorErrorCode, string])[] = [
  [
    // Also a 406, like what a person has to mend, but RocketMQ was only away for longer than RabbitMQ waits.
    /delivery acknowledgement .*timed out/i,
    'unavailable',
    'what was not stored within consumer_timeout of RabbitMQ was given back to the queue, and comes again',
  ],
  [
    // Of a node that is starting, or of one that has the queue and is away: it says so as of what is not there, too.
    /is down or inaccessible|vhost .* is down|stopped by supervisor/i,
    'unavailable',
    'a node of RabbitMQ is starting, or away; it is tried again by itself',
  ],
  [
    /nacked/i,
    'unavailable',
    'the queue is full (overflow: reject-publish), or RabbitMQ cannot keep more; it is tried again by itself',
  ],
  [
    /vhost .*not found|access to vhost/i,
    'denied',
    'correct the vhost in url, or rabbitmqctl set_permissions',
  ],
  [
    /ACCESS[-_]REFUSED.*(login|auth)|403 \(ACCESS-REFUSED\).*Handshake|Handshake.*403/i,
    'denied',
    'correct the user and password in url',
  ],
  [/ACCESS[-_]REFUSED/i, 'denied', 'give the user of url rights on it: rabbitmqctl set_permissions'],
  [/NOT[-_]FOUND/i, 'not_found', 'make it, correct its name, or set declare: true for a queue'],
  [/PRECONDITION[-_]FAILED/i, 'config', 'it is there with other settings: set declare: false'],
  [/RESOURCE[-_]LOCKED/i, 'config', 'another connection has it for itself'],
];
