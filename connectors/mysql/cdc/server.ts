import { ConnectorError } from '../../../src/sdk/index.js';
import type { Mysql } from '../connect.js';

export interface ServerCheck {
  readonly error: ConnectorError | null;
  /** How it is where nothing is wrong. */
  readonly otherwise: string;
}

/** What keeps changes out of the binlog. */
export async function serverChecks(mysql: Mysql): Promise<readonly ServerCheck[]> {
  const [row] = await mysql.texts(
    'SELECT @@log_bin AS log, @@binlog_format AS format, @@binlog_row_image AS image',
  );
  if (row?.log !== '1') {
    const error = new ConnectorError('config', 'the server writes no binlog, and cdc reads that', {
      hint: 'in the configuration of the server: log_bin = binlog, binlog_format = ROW, server_id = 1; then restart it',
    });
    return [{ error, otherwise: '' }];
  }
  const open = '; sessions that are open keep the old one';
  return [
    setting('binlog_format', row.format, 'ROW', open),
    setting('binlog_row_image', row.image, 'FULL', open),
  ];
}

function setting(name: string, value: string | null | undefined, needed: string, also: string): ServerCheck {
  const otherwise = `${name} is ${needed}`;
  if (value === needed) return { error: null, otherwise };
  const message = `${name} of the server is ${value ?? 'unknown'}, and cdc needs ${needed}`;
  const hint = `SET GLOBAL ${name} = ${needed}; and the same in its configuration${also}`;
  return { error: new ConnectorError('config', message, { hint }), otherwise };
}
