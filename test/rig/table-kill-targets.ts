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
  checksum: (table, columns) =>
    `SELECT count(*) AS n, sum(hashtextextended(ROW(${columns.join(', ')})::text, 0)) AS sum FROM ${table}`,
};

export const mariadbTarget: TableKillTarget = {
  plugin: 'mysql',
  start: startMariadb,
  load: mariadbLoad,
  serial: 'bigint AUTO_INCREMENT',
  checksum: (table, columns) =>
    `SELECT count(*) AS n, sum(conv(left(md5(json_array(${columns.join(', ')})), 12), 16, 10)) AS sum FROM ${table}`,
};
