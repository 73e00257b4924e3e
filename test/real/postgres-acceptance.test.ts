import type { JsonObject } from '../../src/sdk/index.js';
import { acceptanceSuite, type SinkDriver, type SourceDriver } from '../../src/sdk/acceptance/index.js';
import postgres from '../../connectors/postgres/index.js';
import { exampleRoot } from '../rig/example-root.js';
import { scratchPostgres } from '../rig/scratch-postgres.js';

const sink: SinkDriver = {
  value: (text) => ({ text }),
  scene: async (t) => {
    const database = await scratchPostgres(t);
    await database.sql('CREATE TABLE written (id serial, text text NOT NULL)');
    return {
      config: { url: database.url, table: 'written' },
      baseDir: process.cwd(),
      written: async () =>
        (await database.sql('SELECT text FROM written ORDER BY id')).map(({ text }) => String(text)),
      refused: { value: { text: null } },
      break: async () => {
        await database.sql('ALTER TABLE written RENAME TO away');
        return async () => {
          await database.sql('ALTER TABLE away RENAME TO written');
        };
      },
    };
  },
};

const source: SourceDriver = {
  scene: async (t) => {
    const database = await scratchPostgres(t);
    await database.sql(`CREATE TABLE read (id int PRIMARY KEY, text text);
      INSERT INTO read SELECT n, 'row ' || n FROM generate_series(1, 3000) n`);
    const row = (id: number): JsonObject => ({ id, text: `row ${id}` });
    return {
      config: {
        url: database.url,
        mode: 'incrementing',
        table: 'read',
        column: 'id',
        poll_ms: 20,
        lag_ms: 20,
      },
      baseDir: process.cwd(),
      contents: { 'public.read': Array.from({ length: 3_000 }, (_, n) => row(n + 1)) },
      add: async () => {
        await database.sql(`INSERT INTO read VALUES (3001, 'row 3001'), (3002, 'row 3002')`);
        return { 'public.read': [row(3001), row(3002)] };
      },
      break: async () => {
        await database.sql('DROP TABLE read');
      },
    };
  },
};

const example = await exampleRoot(postgres, async (text) => {
  const database = await scratchPostgres();
  await database.sql('CREATE TABLE orders (id int PRIMARY KEY)');
  return text.replaceAll(/postgres:\/\/[^}]+/g, database.url).replaceAll(/\$\{PGURL:-([^}]*)\}/g, '$1');
});
acceptanceSuite(postgres, { source, sink, root: example });
