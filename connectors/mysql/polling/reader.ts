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
import type { PollingConfig } from '../../sql/polling/spec.js';
import { Mysql, type Field } from '../connect.js';
import { tableGrantHint } from '../grant.js';
import { mysqlError } from '../mysql-error.js';
import { isNumber, quoteName, quoteTable, quoteText } from '../quote.js';
import { placeOf } from '../table-place.js';
import { RowsJson } from './json.js';
import { columnType, type ColumnType } from './types.js';

export async function openReader(
  config: PollingConfig,
  { baseDir }: Pick<ConnectorContext, 'baseDir'>,
): Promise<Reader> {
  const mysql = await Mysql.open(config, baseDir);
  return new MysqlReader(mysql, config.mode === 'query' ? { query: config.query } : { table: config.table });
}

/** More are not counted. */
const countedRows = 1_000_000;
const floatType = 4;

interface Shape extends RowShape {
  readonly columns: readonly (ColumnType & {
    readonly name: string;
    readonly sql: string;
    readonly isNumber: boolean;
  })[];
}

class MysqlReader implements Reader {
  readonly #mysql: Mysql;
  readonly #origin: Origin;
  readonly #from: string;
  readonly #known: KnownShape<Field, Shape>;

  constructor(mysql: Mysql, origin: Origin) {
    this.#mysql = mysql;
    this.#origin = origin;
    this.#from =
      origin.query === undefined ? quoteTable(origin.table ?? '') : `(${origin.query}) AS rows_of_query`;
    this.#known = new KnownShape({
      fields: async () => (await this.#mysql.raw(`SELECT * FROM ${this.#from} LIMIT 0`)).fields,
      textOf: ({ name, columnType, flags, characterSet, columnLength, decimals }) =>
        [name, columnType, flags, characterSet, columnLength, decimals].join(),
      describe: (fields) => this.#describe(fields),
    });
  }

  get isBroken(): boolean {
    return this.#mysql.isBroken;
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
    const { rows: found } = await this.#mysql.raw(
      `SELECT ${columns.map(({ sql }) => sql).join(', ')} FROM ${this.#from} ${await this.#where(query)}
       ORDER BY ${query.order.map(quoteName).join(', ')} LIMIT ${String(query.limit)}`,
    );
    const json = new RowsJson(columns, query.order.map(indexOf), query.key.map(indexOf));
    let bytes = 0;
    const rows = found.map((fields) => {
      for (const field of fields) bytes += field?.length ?? 0;
      return json.row(fields);
    });
    return { rows, bytes };
  }

  async bounds(column: string): Promise<{ least: string; greatest: string } | null> {
    const name = quoteName(column);
    const [row] = await this.#mysql.rows(
      `SELECT min(${name}) AS least, max(${name}) AS greatest FROM ${this.#from}`,
    );
    const { least, greatest } = row ?? {};
    return least === null || least === undefined
      ? null
      : { least: least as string, greatest: greatest as string };
  }

  /** The server does not tell what its transactions are about to commit. */
  async frontier(column: string): Promise<Frontier> {
    const { rows } = await this.#mysql.raw(`SELECT max(${quoteName(column)}) FROM ${this.#from}`);
    return { value: rows[0]?.[0]?.toString() ?? null, horizon: null };
  }

  isPast(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async count(query: RowQuery): Promise<number | null> {
    const where = await this.#where(query);
    const [row] = await this.#mysql.rows(
      `SELECT count(*) AS n FROM (SELECT 1 FROM ${this.#from} ${where} LIMIT ${String(countedRows + 1)}) AS counted`,
    );
    const n = Number(row?.n);
    return n > countedRows ? null : n;
  }

  error(action: string, error: unknown): ConnectorError {
    const { table } = this.#origin;
    if (table === undefined) return mysqlError(action, error);
    return mysqlError(action, error, tableGrantHint(this.#mysql, error, 'SELECT', table));
  }

  drop(): void {
    this.#mysql.drop();
  }

  async #where({ order, after, upTo, range }: RowQuery): Promise<string> {
    const { columns } = await this.shape();
    const value = (name: string, its: string): string => {
      const column = columns.find((one) => one.name === name);
      return column?.isNumber === true && isNumber(its) ? its : quoteText(its);
    };
    const [first = ''] = order;
    const conditions: string[] = [];
    if (range !== null) {
      conditions.push(`${quoteName(range.column)} >= ${value(range.column, range.from)}`);
      conditions.push(`${quoteName(range.column)} < ${value(range.column, range.to)}`);
    }
    if (upTo !== null) conditions.push(`${quoteName(first)} <= ${value(first, upTo)}`);
    if (after !== null)
      conditions.push(
        behind(
          order,
          order.map((name, at) => value(name, after[at] ?? '')),
        ),
      );
    if (conditions.length === 0) conditions.push(`${quoteName(first)} IS NOT NULL`);
    return `WHERE ${conditions.join(' AND ')}`;
  }

  async #describe(ask: () => Promise<readonly Field[]>): Promise<Shape> {
    const { table } = this.#origin;
    const facts = table === undefined ? null : await this.#facts(table);
    const fields = await ask();
    const columns = fields.map((field) => ({
      name: field.name,
      ...columnType(field, facts?.types.get(field.name) ?? null),
      isNumber: isNumeric(field),
      // As text, a float is rounded to six digits.
      sql:
        field.columnType === floatType
          ? `${quoteName(field.name)} + 0e0 AS ${quoteName(field.name)}`
          : quoteName(field.name),
    }));
    const key = facts?.key ?? [];
    return {
      columns,
      key,
      integers: new Set(columns.filter(({ isInteger }) => isInteger).map(({ name }) => name)),
      schema: {
        name: facts?.name ?? 'query',
        key,
        fields: columns.map(({ name, type }) => ({
          name,
          ...type,
          ...(type.type === 'string' || type.type === 'bytes' ? lengthOf(facts?.lengths.get(name)) : {}),
          ...(facts?.required.has(name) === true ? {} : { optional: true }),
        })),
      },
    };
  }

  async #facts(table: string) {
    const { database, table: name } = placeOf(table, this.#mysql);
    const rows = await this.#mysql.rows(
      `SELECT c.column_name AS name, c.column_type AS type, c.is_nullable AS nullable,
              c.character_maximum_length AS length, s.seq_in_index AS place
       FROM information_schema.columns c
       LEFT JOIN information_schema.statistics s ON s.table_schema = c.table_schema
         AND s.table_name = c.table_name AND s.column_name = c.column_name AND s.index_name = 'PRIMARY'
       WHERE c.table_schema = ? AND c.table_name = ? ORDER BY c.ordinal_position`,
      [database, name],
    );
    if (rows.length === 0) {
      throw new ConnectorError('not_found', `there is no table ${table}, or the user may not see it`, {
        hint: 'names are as in the database; of another database DATABASE.TABLE',
      });
    }
    const key = rows.filter(({ place }) => place !== null).sort((a, b) => Number(a.place) - Number(b.place));
    return {
      name: `${database}.${name}`,
      key: key.map((row) => String(row.name)),
      types: new Map(rows.map((row) => [String(row.name), String(row.type)])),
      lengths: new Map(rows.map((row) => [String(row.name), row.length])),
      required: new Set(rows.filter(({ nullable }) => nullable === 'NO').map((row) => String(row.name))),
    };
  }
}

const lengthOf = (length: unknown): { length?: number } =>
  length === null || length === undefined ? {} : { length: Number(length) };

const isNumeric = ({ columnType: code }: Field): boolean => [0, 1, 2, 3, 4, 5, 8, 9, 13, 246].includes(code);

/** Compared column by column, so that an index is used: the server does not for rows. */
function behind(order: readonly string[], values: readonly string[]): string {
  const [name, ...rest] = order;
  const [value = '', ...others] = values;
  const column = quoteName(name ?? '');
  if (rest.length === 0) return `${column} > ${value}`;
  return `${column} >= ${value} AND (${column} > ${value} OR (${behind(rest, others)}))`;
}
