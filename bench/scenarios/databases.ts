import type { DatabaseName } from '../places/database.js';
import type { Bar, Scenario, Stage } from '../scenario.js';
import {
  bareRead,
  clientIntoTable,
  fillRows,
  workerFromTable,
  workerIntoTable,
  type FilledTable,
} from '../sides/database.js';

const names: readonly DatabaseName[] = ['postgres', 'mysql'];
const rows = 1_000_000;

async function fillTable({ places, quick }: Stage, name: DatabaseName): Promise<FilledTable> {
  const database = await places.database(name);
  const count = quick ? rows / 40 : rows;
  await database.fill(count);
  return { database, rows: count };
}

/** A snapshot of a table. */
const tableToTopic: readonly Scenario[] = names.map((name) => ({
  name: `${name}-to-topic`,
  about: `a table of 1,000,000 rows of ${name} into 4 queues, as JSON with its schema`,
  compares: 'records_per_s',
  bars: [
    { figure: 'records_per_s', atLeast: 100_000 },
    { against: 'bare-read', atLeast: 0.5 },
  ],
  prepare: async (stage) => {
    const table = await fillTable(stage, name);
    return { measured: workerFromTable(stage, table), references: [bareRead(table)] };
  },
}));

const barsOut: Readonly<Record<DatabaseName, readonly Bar[]>> = {
  postgres: [{ against: 'psql-copy', atLeast: 0.4 }],
  mysql: [],
};

const topicToTable: readonly Scenario[] = names.map((name) => ({
  name: `topic-to-${name}`,
  about: `1,000,000 rows out of 4 queues into a new table of ${name}, exactly once`,
  compares: 'records_per_s',
  bars: barsOut[name],
  prepare: async (stage) => {
    const table = await fillTable(stage, name);
    const filled = await fillRows(stage, table);
    return {
      measured: workerIntoTable(stage, filled, 'insert'),
      references: [clientIntoTable(stage, table)],
    };
  },
}));

const upserts: readonly Scenario[] = names.map((name) => ({
  name: `upsert-${name}`,
  about: `the same with mode: upsert`,
  compares: 'records_per_s',
  bars: [{ figure: 'records_per_s', atLeast: 20_000 }],
  prepare: async (stage) => ({
    measured: workerIntoTable(stage, await fillRows(stage, await fillTable(stage, name)), 'upsert'),
    references: [],
  }),
}));

export const databases: readonly Scenario[] = [...tableToTopic, ...topicToTable, ...upserts];
