import type { JsonObject } from '../../src/sdk/index.js';
import { acceptanceSuite, type SinkDriver, type SourceDriver } from '../../src/sdk/acceptance/index.js';
import mysql from '../../connectors/mysql/index.js';
import { exampleRoot } from '../rig/example-root.js';
import { scratchMysql } from '../rig/scratch-mysql.js';

const sink: SinkDriver = {
  value: (text) => ({ text }),
  scene: async (t) => {
    const database = await scratchMysql(t);
    await database.sql(
      'CREATE TABLE written (id int AUTO_INCREMENT PRIMARY KEY, text text NOT NULL) CHARSET utf8mb4',
    );
    return {
      config: { url: database.url, table: 'written' },
      baseDir: process.cwd(),
      written: async () =>
        (await database.sql('SELECT text FROM written ORDER BY id')).map(({ text }) => String(text)),
      refused: { value: { text: null } },
      break: async () => {
        await database.sql('RENAME TABLE written TO away');
        return async () => {
          await database.sql('RENAME TABLE away TO written');
        };
      },
    };
  },
};

const source: SourceDriver = {
  scene: async (t) => {
    const database = await scratchMysql(t);
    await database.sql('CREATE TABLE rows_in (id int PRIMARY KEY, text text)');
    await database.sql(`INSERT INTO rows_in SELECT seq, concat('row ', seq) FROM seq_1_to_3000`);
    const partition = `${database.name}.rows_in`;
    const row = (id: number): JsonObject => ({ id, text: `row ${id}` });
    return {
      config: {
        url: database.url,
        mode: 'incrementing',
        table: 'rows_in',
        column: 'id',
        poll_ms: 20,
        lag_ms: 20,
      },
      baseDir: process.cwd(),
      contents: { [partition]: Array.from({ length: 3_000 }, (_, n) => row(n + 1)) },
      add: async () => {
        await database.sql(`INSERT INTO rows_in VALUES (3001, 'row 3001'), (3002, 'row 3002')`);
        return { [partition]: [row(3001), row(3002)] };
      },
      break: async () => {
        await database.sql('DROP TABLE rows_in');
      },
    };
  },
};

const example = await exampleRoot(mysql, async (text) => {
  const database = await scratchMysql();
  await database.sql('CREATE TABLE orders (id int PRIMARY KEY)');
  return text.replaceAll(/mysql:\/\/[^}]+/g, database.url).replaceAll(/\$\{MYSQL_URL:-([^}]*)\}/g, '$1');
});
acceptanceSuite(mysql, { source, sink, root: example });
