/**
 * Why a connector could not go on. The list is closed: exit codes, retries and metrics hang on it.
 * - `config`: the definition cannot work; a person has to change it
 * - `unreachable`: the other system does not answer
 * - `denied`: it answers, and says no (credentials, permissions)
 * - `not_found`: what the definition names is not there
 * - `bad_data`: a record is not what the other side takes; the next record may be
 * - `unavailable`: the other system is busy or failing; later may be better
 * - `internal`: a fault of ours
 */
export const connectorErrorCodes = [
  'config',
  'unreachable',
  'denied',
  'not_found',
  'bad_data',
  'unavailable',
  'internal',
] as const;
export type ConnectorErrorCode = (typeof connectorErrorCodes)[number];

const retryableCodes: ReadonlySet<ConnectorErrorCode> = new Set(['unreachable', 'unavailable']);

/** What a connector throws. The message says what failed and where; `hint` says what to do. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly code: ConnectorErrorCode;
  /** Whether the same call may work later. */
  readonly retryable: boolean;
  readonly hint: string | undefined;

  constructor(
    code: ConnectorErrorCode,
    message: string,
    options: { cause?: unknown; hint?: string; retryable?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? retryableCodes.has(code);
    this.hint = options.hint;
  }
}

/** What an error of any kind says. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Thrown by a sink's `write` when single records cannot be taken. Records that are not listed count as
 * written, but in a sink that keeps the offsets itself (`upTo`): there nothing of the batch does.
 */
export class RecordsRefused extends Error {
  override readonly name = 'RecordsRefused';
  /** Refused records by their index in the batch, ascending. */
  readonly refused: readonly { readonly index: number; readonly error: ConnectorError }[];

  constructor(refused: readonly { readonly index: number; readonly error: ConnectorError }[]) {
    super(`${String(refused.length)} records refused; first: ${refused[0]?.error.message ?? ''}`);
    this.refused = refused;
  }
}
