import type { TableKillTarget } from '../conformance/table-kill-suite.js';
import { mariadbLoad } from './mariadb-load.js';
import { startMariadb } from './mariadb.js';
import { postgresLoad } from './postgres-load.js';
import { startPostgres } from './postgres.js';

export const postgresTarget: TableKillTarget = {
  plugin: 'postgres',
  start: startPostgres,
  load: postgresLoad,
  serial: 'bigserial',
  numbered: (count) => `SELECT n, 'name ' || n, n, NULL FROM generate_series(0, ${String(count - 1)}) AS n`,
  leftBehind:
    'SELECT (SELECT count(*) FROM pg_replication_slots) + (SELECT count(*) FROM pg_publication) AS n',
  checksum: (table, columns) =>
    `SELECT count(*) AS n, sum(hashtextextended(ROW(${columns.join(', ')})::text, 0)) AS sum FROM ${table}`,
};

export const mariadbTarget: TableKillTarget = {
  plugin: 'mysql',
  start: startMariadb,
  load: mariadbLoad,
  serial: 'bigint AUTO_INCREMENT',
  numbered: (count) => `SELECT seq, CONCAT('name ', seq), seq, NULL FROM seq_0_to_${String(count - 1)}`,
  leftBehind: null,
  checksum: (table, columns) =>
    `SELECT count(*) AS n, sum(conv(left(md5(json_array(${columns.join(', ')})), 12), 16, 10)) AS sum FROM ${table}`,
};
