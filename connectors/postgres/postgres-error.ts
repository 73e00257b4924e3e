import { ConnectorError, tlsHint, type ConnectorErrorCode } from '../../src/sdk/index.js';

/** Says of an error of PostgreSQL, or of the way to it, what failed and what to do. */
export function postgresError(action: string, error: unknown, hint?: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const why = whyOf(error);
  const code = sqlState(error);
  const untrusted = tlsHint(error);
  const known: Meaning =
    untrusted !== undefined && meaningOf(code).code === 'unreachable'
      ? { code: 'config', hint: untrusted }
      : meaningOf(code);
  const advice = hint ?? known.hint;
  return new ConnectorError(known.code, `${action}: ${why}`, {
    cause: error,
    ...(advice === undefined ? {} : { hint: advice }),
  });
}

/** The server's words, and what they are about. Rows that it quotes are left out: they may be secret. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { table, column, constraint, where } = error as Error & Partial<Record<string, unknown>>;
  const message = error.message === '' ? error.name : error.message;
  const copied = typeof where === 'string' ? /^COPY [^\n]*? column ([^:]+)/.exec(where)?.[1] : undefined;
  const about = { table, column: column ?? copied, constraint };
  const named = Object.entries(about).flatMap(([what, name]) =>
    typeof name === 'string' && !message.includes(`"${name}"`) ? [`${what} ${name}`] : [],
  );
  return named.length === 0 ? message : `${message} (${named.join(', ')})`;
}

/** SQLSTATE of the server, or the code of the system. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

interface Meaning {
  readonly code: ConnectorErrorCode;
  readonly hint?: string;
}

function meaningOf(code: string | undefined): Meaning {
  // Without a code the connection broke, or was never made.
  if (code === undefined) return { code: 'unreachable' };
  const exact = meanings[code] ?? meanings[code.slice(0, 2)];
  if (exact !== undefined) return exact;
  return /^[0-9A-Z]{5}$/.test(code) ? { code: 'unavailable' } : { code: 'unreachable' };
}

const meanings: Readonly<Record<string, Meaning | undefined>> = {
  ECONNREFUSED: {
    code: 'unreachable',
    hint: 'is PostgreSQL running there, and does it listen on that address?',
  },
  ENOTFOUND: { code: 'unreachable', hint: 'check the host name in url' },
  '28P01': { code: 'denied', hint: 'check user and password in url' },
  '28000': { code: 'denied', hint: 'check user and database in url, and pg_hba.conf on the server' },
  '3D000': { code: 'not_found', hint: 'check the database in url' },
  '42501': { code: 'denied' },
  '42P01': { code: 'not_found' },
  '42704': { code: 'not_found' },
  '57P01': { code: 'unreachable' },
  '57P02': { code: 'unreachable' },
  '57P03': { code: 'unreachable', hint: 'the server is starting or stopping; it is tried again' },
  '53300': { code: 'unavailable', hint: 'the server has no connection left: raise max_connections' },
  '25006': { code: 'unavailable', hint: 'the server takes no writes: is it a standby? It is tried again' },
  '42P10': {
    code: 'config',
    hint: 'mode: upsert needs a unique index on exactly the key columns: CREATE UNIQUE INDEX ON table (column);',
  },
  '54000': { code: 'bad_data' },
  '08': { code: 'unreachable' },
  '22': { code: 'bad_data' },
  '23': { code: 'bad_data' },
  '42': { code: 'config' },
};
