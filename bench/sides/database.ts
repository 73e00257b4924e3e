/** Ways to read a table, and to fill one. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Told } from '../far-end/told.js';
import type { Figures } from '../figures.js';
import { startMeasured } from '../measured-process.js';
import { rowBytes, tableSql, type Database } from '../places/database.js';
import type { NamedSide, Stage } from '../scenario.js';
import { fresh } from './fresh.js';
import { intoRocketmq } from './into-topic.js';
import { startProgram } from './program.js';
import { transfer } from './transfer.js';
import { startWorker, writeJob } from './worker.js';

/** A table `orders` with so many rows. */
export interface FilledTable {
  readonly database: Database;
  readonly rows: number;
}

const sourceOf = ({ database }: FilledTable, topic: string): object => ({
  source: database.name,
  topic,
  tasks: 2,
  format: 'json',
  config: { url: database.url, mode: 'snapshot', table: 'orders' },
});

/** The table into four queues. */
export function workerFromTable(stage: Stage, table: FilledTable): NamedSide {
  const of = { queues: 4, count: table.rows, bytes: rowBytes };
  return intoRocketmq('rmq-connect', stage, of, undefined, async (topic, nameserver) =>
    startWorker(
      await writeJob(stage, { rocketmq: { nameserver }, connectors: { read: sourceOf(table, topic) } }),
      { once: true },
    ),
  );
}

/** The driver alone, one connection: `COPY … TO STDOUT`, or a SELECT whose rows are streamed. */
export function bareRead({ database, rows }: FilledTable): NamedSide {
  const run = (): Promise<Figures> => {
    const says = new Told();
    return transfer({
      start: () =>
        startProgram('table-read', { url: database.url, table: 'orders' }, (text) => {
          says.take(text);
        }),
      brokerPids: [],
      count: says.count,
      total: rows,
      recordBytes: rowBytes,
      endsItself: true,
    });
  };
  return { name: 'bare-read', open: () => Promise.resolve({ run }) };
}

/** A topic with a row of the table in each message, and where it is. */
export interface FilledRows extends FilledTable {
  readonly topic: string;
  readonly nameserver: string;
  readonly brokerPid: number;
}

export async function fillRows(stage: Stage, table: FilledTable): Promise<FilledRows> {
  const { cluster, nameserver, brokerPid } = await stage.places.rocketmq();
  const topic = fresh('rows');
  await cluster.admin.createTopic({ topic, queues: 4 });
  const job = { rocketmq: { nameserver }, connectors: { fill: sourceOf(table, topic) } };
  await startWorker(await writeJob(stage, job), { once: true }).ended;
  return { ...table, topic, nameserver, brokerPid };
}

/** Into a new table, exactly once. */
export function workerIntoTable(stage: Stage, filled: FilledRows, mode: 'insert' | 'upsert'): NamedSide {
  const { database, rows, topic, nameserver, brokerPid } = filled;
  const run = async (): Promise<Figures> => {
    const table = fresh('target').replace('-', '_');
    const group = fresh(`into-${database.name}`);
    await database.sql(tableSql(database.name, table));
    const config = { url: database.url, table, mode, ...(mode === 'upsert' ? { key: ['id'] } : {}) };
    const write = { sink: database.name, topic, group, tasks: 2, format: 'json', config };
    const job = await writeJob(stage, { rocketmq: { nameserver }, connectors: { write } });
    const figures = await transfer({
      start: () => startWorker(job, { once: true }),
      brokerPids: [brokerPid],
      // They are committed with the rows, and cost nothing to ask for.
      count: () => offsetsOf(database, group),
      total: rows,
      recordBytes: rowBytes,
      endsItself: true,
    });
    await assertRows(database, table, rows);
    await database.sql(`DROP TABLE ${table}`);
    return figures;
  };
  return { name: 'rmq-connect', open: () => Promise.resolve({ run }) };
}

async function offsetsOf({ sql }: Database, group: string): Promise<number> {
  const text = `SELECT sum(next_offset) AS n FROM rmq_connect_offsets WHERE consumer_group = '${group}'`;
  // Until the worker has made it there is no such table.
  return sql(text).then(
    ([row]) => Number(row?.n ?? 0),
    () => 0,
  );
}

async function assertRows({ sql }: Database, table: string, rows: number): Promise<void> {
  const [row] = await sql(`SELECT count(*) AS n FROM ${table}`);
  if (Number(row?.n) !== rows)
    throw new Error(`table ${table} has ${String(row?.n)} rows, not ${String(rows)}`);
}

/** The database's own client, from a file into a new table: `psql \copy`, or INSERTs of mariadb-dump. */
export function clientIntoTable(stage: Stage, { database, rows }: FilledTable): NamedSide {
  const { port } = database;
  const name = database.name === 'postgres' ? 'psql-copy' : 'mariadb-client';
  return {
    name,
    open: async () => {
      const file = join(stage.folder, fresh('rows'));
      const [dump, ...args] = dumpCommand(database, file);
      await promisify(execFile)(dump, args);
      return {
        run: async () => {
          const target = fresh('target').replace('-', '_');
          const inSchema = database.name === 'postgres' ? target : `${target}.orders`;
          if (database.name === 'mysql') await database.sql(`CREATE DATABASE ${target}`);
          await database.sql(tableSql(database.name, inSchema));
          const program =
            database.name === 'postgres'
              ? startMeasured('psql', [database.url, '-qc', `\\copy ${target} from '${file}'`], {
                  cwd: stage.folder,
                })
              : startMeasured('mariadb', [...mariadbArgs(port), target, '-e', `source ${file}`], {
                  cwd: stage.folder,
                });
          await program.ended;
          const seconds = (performance.now() - program.startedAt) / 1000;
          await assertRows(database, inSchema, rows);
          await database.sql(`DROP ${database.name === 'postgres' ? 'TABLE' : 'DATABASE'} ${target}`);
          // Its rows are seen all at once: it is measured from its start to its end.
          return { records_per_s: rows / seconds, mb_per_s: (rows * rowBytes) / seconds / 1e6 };
        },
      };
    },
  };
}

const mariadbArgs = (port: number): string[] => ['-h', '127.0.0.1', '-P', String(port), '-u', 'root'];

const dumpCommand = ({ name, url, port }: Database, file: string): [string, ...string[]] =>
  name === 'postgres'
    ? ['psql', url, '-qc', `\\copy orders to '${file}'`]
    : [
        'mariadb-dump',
        ...mariadbArgs(port),
        '--no-create-info',
        '--skip-lock-tables',
        `--result-file=${file}`,
        'shop',
        'orders',
      ];
