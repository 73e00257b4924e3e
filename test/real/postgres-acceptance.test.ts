import { after } from 'node:test';
import { acceptanceSuite } from '../../src/sdk/acceptance/index.js';
import postgres from '../../connectors/postgres/index.js';
import { exampleRoot } from '../rig/example-root.js';
import { startPostgres } from '../rig/postgres.js';
import { scratchPostgres, type ScratchDatabase } from '../rig/scratch-postgres.js';
import { captureSuite, tableSink, tableSource, type TableScene } from '../rig/table-acceptance.js';

const scene: TableScene<ScratchDatabase> = {
  scratch: scratchPostgres,
  serial: 'id serial',
  numbered: (count) => `SELECT n, 'row ' || n FROM generate_series(1, ${String(count)}) n`,
  partition: (_database, table) => `public.${table}`,
};

const example = await exampleRoot(postgres, async (text) => {
  const database = await scratchPostgres();
  await database.sql('CREATE TABLE rmq_connect_example (id bigint PRIMARY KEY, customer text)');
  return text.replaceAll(/postgres:\/\/[^}]+/g, database.url).replaceAll(/\$\{PGURL:-([^}]*)\}/g, '$1');
});
acceptanceSuite(postgres, { source: tableSource(scene), sink: tableSink(scene), root: example });

// Slots and binlogs are the server's, not the database's: so it is one of its own.
const server = await startPostgres({ max_replication_slots: '64', max_wal_senders: '64' });
after(() => server.stop());
captureSuite(
  postgres,
  {
    sql: (text) => server.sql(text),
    numbered: scene.numbered,
    capture: (name) => ({ config: { url: server.url, slot: name }, partition: name }),
  },
  example,
);
