import { ConnectorError, isUnreachable, tlsHint, type ConnectorErrorCode } from '../../src/sdk/index.js';

/** Why the broker did not do what was asked: what it said, and what to do about it. */
export function mqttError(error: unknown, where: string, what: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const text = error instanceof Error ? error.message || error.name : String(error);
  const message = `MQTT broker at ${where}: ${what}: ${text}`;
  const reason = error instanceof Error && 'code' in error ? error.code : undefined;
  const [code, hint] = (typeof reason === 'number' ? reasons.get(reason) : undefined) ?? plain(error, text);
  return new ConnectorError(code, message, { cause: error, hint });
}

type Explained = readonly [ConnectorErrorCode, string];

const credentials: Explained = ['denied', 'correct the user and password in url'];
const rights: Explained = ['denied', 'let the user of url use the topic (the ACL of the broker)'];
const tooLarge: Explained = [
  'bad_data',
  'raise the largest packet the broker takes, or keep such records out',
];

/** By reason code: those of MQTT 3.1.1 when it connects are below 6, those of MQTT 5 above 127. */
const reasons: ReadonlyMap<number, Explained> = new Map([
  [4, credentials],
  [5, credentials],
  [134, credentials],
  [135, rights],
  [138, rights],
  [140, credentials],
  [1, ['config', 'set version: 3.1.1']],
  [132, ['config', 'set version: 3.1.1']],
  [2, ['config', 'choose another client_id']],
  [133, ['config', 'choose another client_id']],
  [142, ['config', 'somebody else uses the same client_id: give each worker one of its own']],
  [144, ['bad_data', 'the broker does not take such a topic']],
  [149, tooLarge],
  [143, ['config', 'correct topics']],
  [158, ['config', 'this broker has no shared subscriptions: leave out share']],
]);

function plain(error: unknown, text: string): Explained {
  const tls = tlsHint(error);
  if (tls !== undefined) return ['config', tls];
  if (isUnreachable(error) || /closed|timeout|disconnect|ECONN/i.test(text)) {
    return ['unreachable', 'start the broker there, or correct url; it is tried again by itself'];
  }
  return ['unavailable', 'look into the log of the broker'];
}
