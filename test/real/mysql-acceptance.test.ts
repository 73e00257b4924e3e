import { after } from 'node:test';
import { acceptanceSuite } from '../../src/sdk/acceptance/index.js';
import mysql from '../../connectors/mysql/index.js';
import { exampleRoot } from '../rig/example-root.js';
import { startMariadb } from '../rig/mariadb.js';
import { scratchMysql, type ScratchMysql } from '../rig/scratch-mysql.js';
import { captureSuite, tableSink, tableSource, type TableScene } from '../rig/table-acceptance.js';

const scene: TableScene<ScratchMysql> = {
  scratch: scratchMysql,
  serial: 'id int AUTO_INCREMENT PRIMARY KEY',
  numbered: (count) => `SELECT seq, concat('row ', seq) FROM seq_1_to_${String(count)}`,
  partition: ({ name }, table) => `${name}.${table}`,
};

const example = await exampleRoot(mysql, async (text) => {
  const database = await scratchMysql();
  await database.sql('CREATE TABLE rmq_connect_example (id bigint PRIMARY KEY, customer text)');
  return text.replaceAll(/mysql:\/\/[^}]+/g, database.url).replaceAll(/\$\{MYSQL_URL:-([^}]*)\}/g, '$1');
});
acceptanceSuite(mysql, { source: tableSource(scene), sink: tableSink(scene), root: example });

// Slots and binlogs are the server's, not the database's: so it is one of its own.
const server = await startMariadb();
after(() => server.stop());
captureSuite(
  mysql,
  {
    sql: (text) => server.sql(text),
    numbered: scene.numbered,
    capture: () => ({ config: { url: server.url }, partition: 'binlog' }),
  },
  example,
);
