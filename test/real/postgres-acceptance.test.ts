import { acceptanceSuite } from '../../src/sdk/acceptance/index.js';
import postgres from '../../connectors/postgres/index.js';
import { exampleRoot } from '../rig/example-root.js';
import { scratchPostgres, type ScratchDatabase } from '../rig/scratch-postgres.js';
import { tableSink, tableSource, type TableScene } from '../rig/table-acceptance.js';

const scene: TableScene<ScratchDatabase> = {
  scratch: scratchPostgres,
  serial: 'id serial',
  numbered: (count) => `SELECT n, 'row ' || n FROM generate_series(1, ${String(count)}) n`,
  partition: (_database, table) => `public.${table}`,
};

const example = await exampleRoot(postgres, async (text) => {
  const database = await scratchPostgres();
  await database.sql('CREATE TABLE orders (id int PRIMARY KEY)');
  return text.replaceAll(/postgres:\/\/[^}]+/g, database.url).replaceAll(/\$\{PGURL:-([^}]*)\}/g, '$1');
});
acceptanceSuite(postgres, { source: tableSource(scene), sink: tableSink(scene), root: example });
