import type { Client, FieldDef } from 'pg';
import { ConnectorError, type ConnectorContext } from '../../../src/sdk/index.js';
import { KnownShape } from '../../sql/polling/known-shape.js';
import type {
  Frontier,
  Origin,
  Page,
  PageQuery,
  Reader,
  RowQuery,
  RowShape,
} from '../../sql/polling/reader.js';
import type { Row } from '../../sql/polling/row.js';
import type { PollingConfig } from '../../sql/polling/spec.js';
import { connect, drop } from '../connect.js';
import { grantHint } from '../grant.js';
import { postgresError, sqlState } from '../postgres-error.js';
import { quoteName, quoteTable, quoteText } from '../quote.js';
import { TypeCatalog } from '../types/catalog.js';
import { CopyJson, type CopyJsonColumn } from '../types/copy-json.js';

export async function openReader(
  config: PollingConfig,
  { baseDir }: Pick<ConnectorContext, 'baseDir'>,
): Promise<Reader> {
  const client = await connect({ ...config, baseDir });
  return new PostgresReader(
    client,
    config.mode === 'query' ? { query: config.query } : { table: config.table },
  );
}

type Texts = Record<string, string | null>;
const integerOids: ReadonlySet<number> = new Set([20, 21, 23]);
/** More rows are not counted. */
const countMs = 5_000;

/** What the catalog knows of a table. */
interface Facts {
  readonly name: string;
  readonly key: readonly string[];
  readonly types: ReadonlyMap<string, { readonly dataTypeID: number; readonly dataTypeModifier: number }>;
  readonly required: ReadonlySet<string>;
}

interface Shape extends RowShape {
  readonly columns: readonly CopyJsonColumn[];
}

class PostgresReader implements Reader {
  readonly #client: Client;
  readonly #origin: Origin;
  readonly #from: string;
  readonly #known: KnownShape<FieldDef, Shape>;
  isBroken = false;

  constructor(client: Client, origin: Origin) {
    this.#client = client;
    this.#origin = origin;
    this.#from =
      origin.query === undefined ? quoteTable(origin.table ?? '') : `(${origin.query}) AS rows_of_query`;
    this.#known = new KnownShape({
      fields: async () => (await this.#client.query(`SELECT * FROM ${this.#from} LIMIT 0`)).fields,
      textOf: ({ name, dataTypeID, dataTypeModifier }) => [name, dataTypeID, dataTypeModifier].join(),
      describe: (fields) => this.#describe(fields),
    });
    const broke = (): void => {
      this.isBroken = true;
    };
    client.on('error', broke);
    client.on('end', broke);
  }

  shape(): Promise<Shape> {
    return this.#known.get();
  }

  look(): Promise<boolean> {
    return this.#known.look();
  }

  async page(query: PageQuery): Promise<Page> {
    const { columns } = await this.shape();
    const indexOf = (name: string): number => columns.findIndex((column) => column.name === name);
    const sql =
      `SELECT ${columns.map(({ name }) => quoteName(name)).join(', ')} FROM ${this.#from} ${whereOf(query)} ` +
      `ORDER BY ${query.order.map(quoteName).join(', ')} LIMIT ${String(query.limit)}`;
    const json = new CopyJson(columns, query.order.map(indexOf), query.key.map(indexOf));
    const rows: Row[] = [];
    let bytes = 0;
    for await (const chunk of await this.#copy(sql)) {
      bytes += chunk.length;
      for (const row of json.rows(chunk)) rows.push(row);
    }
    return { rows, bytes };
  }

  async bounds(column: string): Promise<{ least: string; greatest: string } | null> {
    const name = quoteName(column);
    const [row] = await this.#rows(
      `SELECT min(${name}) AS least, max(${name}) AS greatest FROM ${this.#from}`,
    );
    const { least, greatest } = row ?? {};
    return typeof least === 'string' && typeof greatest === 'string' ? { least, greatest } : null;
  }

  async frontier(column: string): Promise<Frontier> {
    const [row] = await this.#rows(
      `SELECT (SELECT max(${quoteName(column)}) FROM ${this.#from}) AS value,
              pg_snapshot_xmax(pg_current_snapshot()) AS horizon`,
    );
    return { value: row?.value ?? null, horizon: row?.horizon ?? null };
  }

  async isPast(horizon: string): Promise<boolean> {
    const [row] = await this.#rows(
      `SELECT pg_snapshot_xmin(pg_current_snapshot()) >= ${quoteText(horizon)}::xid8 AS past`,
    );
    return row?.past === 't';
  }

  async count(query: RowQuery): Promise<number | null> {
    try {
      await this.#rows(`SET statement_timeout = ${String(countMs)}`);
      const [row] = await this.#rows(`SELECT count(*) AS n FROM ${this.#from} ${whereOf(query)}`);
      return Number(row?.n);
    } catch (error) {
      if (sqlState(error) === '57014') return null;
      throw error;
    }
  }

  error(action: string, error: unknown): ConnectorError {
    const { table } = this.#origin;
    const hint =
      table === undefined ? undefined : grantHint(this.#client, error, 'SELECT', quoteTable(table));
    return postgresError(action, error, hint);
  }

  drop(): void {
    this.isBroken = true;
    drop(this.#client);
  }

  async #rows(sql: string): Promise<readonly Texts[]> {
    return (await this.#client.query<Texts>(sql)).rows;
  }

  async #copy(sql: string): Promise<AsyncIterable<Buffer>> {
    const { to } = await import('pg-copy-streams');
    return this.#client.query(to(`COPY (${sql}) TO STDOUT`));
  }

  async #describe(ask: () => Promise<readonly FieldDef[]>): Promise<Shape> {
    const { table } = this.#origin;
    const facts = table === undefined ? null : await this.#facts(table);
    const described = await ask();
    // Of a domain the protocol tells only what it is made of.
    const fields = described.map((field) => ({ ...field, ...facts?.types.get(field.name) }));
    const catalog = new TypeCatalog();
    await catalog.learn(
      fields.map(({ dataTypeID }) => dataTypeID),
      (sql) => this.#rows(sql),
    );
    const columns = fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
      name,
      ...catalog.column(dataTypeID, dataTypeModifier),
    }));
    const key = facts?.key ?? [];
    return {
      columns,
      integers: new Set(
        fields.filter(({ dataTypeID }) => integerOids.has(dataTypeID)).map(({ name }) => name),
      ),
      key,
      schema: {
        name: facts?.name ?? 'query',
        key,
        fields: columns.map(({ name, type }) => ({
          name,
          ...type,
          ...(facts?.required.has(name) === true ? {} : { optional: true }),
        })),
      },
    };
  }

  async #facts(table: string): Promise<Facts> {
    const rows = await this.#rows(
      `SELECT n.nspname || '.' || c.relname AS table, a.attname AS name, a.attnotnull AS required, a.atttypid AS type,
              a.atttypmod AS modifier,
              array_position(i.indkey::int2[], a.attnum) AS place
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
       WHERE c.oid = to_regclass(${quoteText(quoteTable(table))}) ORDER BY a.attnum`,
    );
    const [first] = rows;
    if (first === undefined) {
      throw new ConnectorError('not_found', `there is no table ${table}`, {
        hint: 'names are as in the database; of a schema that is not on the search path SCHEMA.TABLE',
      });
    }
    const key = rows.filter(({ place }) => place !== null).sort((a, b) => Number(a.place) - Number(b.place));
    return {
      name: first.table ?? table,
      key: key.map(({ name }) => name ?? ''),
      types: new Map(
        rows.map(({ name, type, modifier }) => [
          name ?? '',
          { dataTypeID: Number(type), dataTypeModifier: Number(modifier) },
        ]),
      ),
      required: new Set(rows.filter(({ required }) => required === 't').map(({ name }) => name ?? '')),
    };
  }
}

/** Constants without a type take that of their column. */
function whereOf({ order, after, upTo, range }: RowQuery): string {
  const [first = ''] = order;
  const conditions: string[] = [];
  if (range !== null) {
    const column = quoteName(range.column);
    conditions.push(`${column} >= ${quoteText(range.from)}`, `${column} < ${quoteText(range.to)}`);
  }
  if (upTo !== null) conditions.push(`${quoteName(first)} <= ${quoteText(upTo)}`);
  if (after !== null) {
    conditions.push(`(${order.map(quoteName).join(', ')}) > (${after.map(quoteText).join(', ')})`);
  }
  if (upTo === null && after === null && range === null) conditions.push(`${quoteName(first)} IS NOT NULL`);
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}
