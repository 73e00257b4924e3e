import { ConnectorError, tlsHint, type ConnectorErrorCode } from '../../src/sdk/index.js';

/** Says of an error of MySQL or MariaDB, or of the way to it, what failed and what to do. */
export function mysqlError(action: string, error: unknown, hint?: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const why = error instanceof Error && error.message !== '' ? error.message : String(error);
  const known = meaningOf(error);
  const advice = hint ?? known.hint;
  return new ConnectorError(known.code, `${action}: ${why}`, {
    cause: withoutStatement(error),
    ...(advice === undefined ? {} : { hint: advice }),
  });
}

/** The driver keeps the statement, with all its values, in the error. */
function withoutStatement(error: unknown): unknown {
  if (error instanceof Error && 'sql' in error) error.sql = undefined;
  return error;
}

/** The server's number; undefined where the connection broke. */
export const errnoOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errno' in error && typeof error.errno === 'number' && error.errno > 0
    ? error.errno
    : undefined;

interface Meaning {
  readonly code: ConnectorErrorCode;
  readonly hint?: string;
}

function meaningOf(error: unknown): Meaning {
  const errno = errnoOf(error);
  if (errno === undefined) {
    const untrusted = tlsHint(error);
    if (untrusted !== undefined) return { code: 'config', hint: untrusted };
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { code: 'unreachable', ...(hints[code] === undefined ? {} : { hint: hints[code] }) };
  }
  const known = meanings[errno];
  if (known !== undefined) return known;
  const state = error instanceof Error && 'sqlState' in error ? String(error.sqlState) : '';
  if (state.startsWith('22') || state.startsWith('23')) return { code: 'bad_data' };
  if (state.startsWith('08')) return { code: 'unreachable' };
  return { code: state.startsWith('42') ? 'config' : 'unavailable' };
}

const hints: Readonly<Record<string, string | undefined>> = {
  ECONNREFUSED: 'is the server running there, and does it listen on that address?',
  ENOTFOUND: 'check the host name',
};

const longerStatements =
  'raise statement_timeout_ms, or see what keeps the statement: a lock, or an index that is missing';
const badData: Meaning = { code: 'bad_data' };
const meanings: Readonly<Record<number, Meaning | undefined>> = {
  1040: { code: 'unavailable', hint: 'the server has no connection left: raise max_connections' },
  1044: { code: 'denied', hint: 'check the database, and the rights of the user: SHOW GRANTS' },
  1045: { code: 'denied', hint: 'check user and password' },
  1698: { code: 'denied', hint: 'check user and password' },
  1049: { code: 'not_found', hint: 'check the name of the database' },
  1142: { code: 'denied' },
  1143: { code: 'denied' },
  1227: { code: 'denied' },
  1146: { code: 'not_found' },
  1053: { code: 'unreachable' },
  1927: { code: 'unreachable' },
  1205: { code: 'unavailable' },
  1969: { code: 'unavailable', hint: longerStatements },
  3024: { code: 'unavailable', hint: longerStatements },
  1213: { code: 'unavailable' },
  1290: { code: 'unavailable', hint: 'the server takes no writes: is it a replica? It is tried again' },
  1153: { code: 'unavailable', hint: 'raise max_allowed_packet on the server' },
  1048: badData,
  1062: badData,
  1264: badData,
  1265: badData,
  1292: badData,
  1364: badData,
  1366: badData,
  1406: badData,
  1411: badData,
  1416: badData,
  1451: badData,
  1452: badData,
  3140: badData,
  3819: badData,
  4025: badData,
};
