import { fine } from '../../../src/sdk/index.js';
import type { Connected } from '../../sql/inspect/connected.js';
import { placeText } from '../../sql/place.js';
import { Mysql } from '../connect.js';
import { mysqlError } from '../mysql-error.js';

export const connected: Connected<Mysql> = async function* (connection, { baseDir, signal }, look) {
  const mysql = await Mysql.open(connection, baseDir);
  const drop = (): void => {
    mysql.drop();
  };
  signal.addEventListener('abort', drop);
  try {
    const [row] = await mysql.rows('SELECT VERSION() AS version');
    const [cipher] = await mysql.rows(`SHOW SESSION STATUS LIKE 'Ssl_cipher'`);
    const tls = cipher?.Value === undefined || cipher.Value === '' ? 'without TLS' : 'with TLS';
    yield fine(
      `connected to ${placeText(mysql.place)} as ${mysql.place.user}, ${tls} (${String(row?.version)})`,
    );
    yield* look(mysql);
  } catch (error) {
    throw mysqlError('cannot look at the database', error);
  } finally {
    signal.removeEventListener('abort', drop);
    drop();
  }
};
