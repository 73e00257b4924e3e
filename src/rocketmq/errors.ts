/**
 * Why RocketMQ did not do what was asked. Closed list; exit codes and retries hang on it.
 * - `unreachable`: no name server or broker answers at the address
 * - `timeout`: connected, but no answer in time; what was asked may have happened
 * - `disconnected`: the connection broke before the answer; what was asked may have happened
 * - `busy`: the broker asked to come back later; nothing happened
 * - `denied`: wrong credentials or no permission
 * - `topic_not_found`, `group_not_found`, `offset_not_found`
 * - `too_large`: the message or batch is over a limit; nothing was sent
 * - `invalid`: the broker or our own check refuses the request's content
 * - `unsupported`: the broker does not know the request
 * - `protocol`: bytes that are not RocketMQ's protocol
 * - `closed`: the client was closed
 * - `broker_error`: any other answer of a broker
 */
export type RocketmqErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'disconnected'
  | 'busy'
  | 'denied'
  | 'topic_not_found'
  | 'group_not_found'
  | 'offset_not_found'
  | 'too_large'
  | 'invalid'
  | 'unsupported'
  | 'protocol'
  | 'closed'
  | 'broker_error';

const retryableCodes: ReadonlySet<RocketmqErrorCode> = new Set([
  'unreachable',
  'timeout',
  'disconnected',
  'busy',
]);

export class RocketmqError extends Error {
  override readonly name = 'RocketmqError';
  readonly code: RocketmqErrorCode;
  /** Whether the same request may work later. */
  readonly retryable: boolean;
  /** The server it was asked of, `host:port`. */
  readonly address: string | undefined;
  /** RocketMQ's own response code, where there was an answer. */
  readonly responseCode: number | undefined;

  constructor(
    code: RocketmqErrorCode,
    message: string,
    options: { cause?: unknown; address?: string; responseCode?: number; retryable?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? retryableCodes.has(code);
    this.address = options.address;
    this.responseCode = options.responseCode;
  }
}
