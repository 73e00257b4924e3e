/** What the acceptance suite needs of a connector of a database. */
import assert from 'node:assert/strict';
import { describe, type TestContext } from 'node:test';
import type { JsonObject, Plugin } from '../../src/sdk/index.js';
import { acceptanceSuite, type SinkDriver, type SourceDriver } from '../../src/sdk/acceptance/index.js';

export interface TableScratch {
  readonly url: string;
  readonly sql: (text: string) => Promise<Record<string, unknown>[]>;
}

/** A database, and what it writes otherwise than others. */
export interface TableScene<Scratch extends TableScratch> {
  readonly scratch: (t: TestContext) => Promise<Scratch>;
  /** The definition of a column `id` that numbers its rows. */
  readonly serial: string;
  /** A SELECT of so many rows: a number from 1 on, and `row ` with it. */
  readonly numbered: (count: number) => string;
  /** How records call a table. */
  readonly partition: (database: Scratch, table: string) => string;
}

/** Rows in their order; `break` takes the table away. */
export const tableSink = <Scratch extends TableScratch>({
  scratch,
  serial,
}: TableScene<Scratch>): SinkDriver => ({
  value: (text) => ({ text }),
  scene: async (t) => {
    const { url, sql } = await scratch(t);
    await sql(`CREATE TABLE written (${serial}, text text NOT NULL)`);
    return {
      config: { url, table: 'written' },
      baseDir: process.cwd(),
      written: async () =>
        (await sql('SELECT text FROM written ORDER BY id')).map(({ text }) => String(text)),
      refused: { value: { text: null } },
      break: async () => {
        await sql('ALTER TABLE written RENAME TO away');
        return async () => {
          await sql('ALTER TABLE away RENAME TO written');
        };
      },
    };
  },
});

export interface CaptureScene {
  readonly sql: (text: string) => Promise<unknown>;
  readonly numbered: (count: number) => string;
  /** What the mode takes beside `tables`, and how it calls its partition; `name` is new each time. */
  readonly capture: (name: string) => { readonly config: JsonObject; readonly partition: string };
}

let captures = 0;

/** The changes of a table, of which the rows are compared: the events have also times and places in a log. */
const captureSource = ({ sql, numbered, capture }: CaptureScene): SourceDriver => ({
  scene: async () => {
    captures += 1;
    const name = `captured_${String(captures)}`;
    await sql(`CREATE TABLE ${name} (id int PRIMARY KEY, text text)`);
    await sql(`INSERT INTO ${name} ${numbered(rows)}`);
    const { config, partition } = capture(name);
    return {
      config: { ...config, mode: 'cdc', tables: name },
      baseDir: process.cwd(),
      compared: (value) => (value as JsonObject).after ?? null,
      contents: { [partition]: Array.from({ length: rows }, (_, n) => rowOf(n + 1)) },
      add: async () => {
        await sql(`INSERT INTO ${name} VALUES (3001, 'row 3001'), (3002, 'row 3002')`);
        return { [partition]: [rowOf(3001), rowOf(3002)] };
      },
      break: async () => {
        await sql(`DROP TABLE ${name}`);
      },
    };
  },
});

/** The acceptance suite of a source in its mode cdc. */
export function captureSuite(
  { name, summary, example, source }: Plugin,
  scene: CaptureScene,
  root: string,
): void {
  describe('mode: cdc', () => {
    assert.ok(source !== undefined);
    acceptanceSuite({ name, summary, example, source }, { source: captureSource(scene), root });
  });
}

const rows = 3_000;
const rowOf = (id: number): JsonObject => ({ id, text: `row ${String(id)}` });

export const tableSource = <Scratch extends TableScratch>({
  scratch,
  numbered,
  partition,
}: TableScene<Scratch>): SourceDriver => ({
  scene: async (t) => {
    const database = await scratch(t);
    const { url, sql } = database;
    await sql('CREATE TABLE rows_in (id int PRIMARY KEY, text text)');
    await sql(`INSERT INTO rows_in ${numbered(rows)}`);
    const its = partition(database, 'rows_in');
    return {
      config: {
        ...{ url, mode: 'incrementing', table: 'rows_in', column: 'id' },
        ...{ poll_ms: 20, lag_ms: 20 },
      },
      baseDir: process.cwd(),
      contents: { [its]: Array.from({ length: rows }, (_, n) => rowOf(n + 1)) },
      add: async () => {
        await sql(`INSERT INTO rows_in VALUES (3001, 'row 3001'), (3002, 'row 3002')`);
        return { [its]: [rowOf(3001), rowOf(3002)] };
      },
      break: async () => {
        await sql('DROP TABLE rows_in');
      },
    };
  },
});
