import { ConnectorError, type ConnectorErrorCode } from '../../src/sdk/index.js';

/** Says of an error of MySQL or MariaDB, or of the way to it, what failed and what to do. */
export function mysqlError(action: string, error: unknown, hint?: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const why = error instanceof Error && error.message !== '' ? error.message : String(error);
  const known = meanings[errorName(error) ?? ''] ?? unknown(error);
  const advice = hint ?? known.hint;
  return new ConnectorError(known.code, `${action}: ${why}`, {
    cause: error,
    ...(advice === undefined ? {} : { hint: advice }),
  });
}

/** `ER_ACCESS_DENIED_ERROR`, or the code of the system. */
export const errorName = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

interface Meaning {
  readonly code: ConnectorErrorCode;
  readonly hint?: string;
}

/** The server answered, or it did not. */
const unknown = (error: unknown): Meaning =>
  error instanceof Error && 'errno' in error && (errorName(error) ?? '').startsWith('ER_')
    ? { code: 'unavailable' }
    : { code: 'unreachable' };

const meanings: Readonly<Record<string, Meaning | undefined>> = {
  ECONNREFUSED: {
    code: 'unreachable',
    hint: 'is the server running there, and does it listen on that address?',
  },
  ENOTFOUND: { code: 'unreachable', hint: 'check the host name in url' },
  ER_ACCESS_DENIED_ERROR: { code: 'denied', hint: 'check user and password in url' },
  ER_DBACCESS_DENIED_ERROR: { code: 'denied', hint: 'check the database in url, and the rights of the user' },
  ER_BAD_DB_ERROR: { code: 'not_found', hint: 'check the database in url' },
  ER_NO_SUCH_TABLE: { code: 'not_found' },
  ER_TABLEACCESS_DENIED_ERROR: { code: 'denied' },
  ER_SPECIFIC_ACCESS_DENIED_ERROR: { code: 'denied' },
  ER_CON_COUNT_ERROR: {
    code: 'unavailable',
    hint: 'the server has no connection left: raise max_connections',
  },
};
