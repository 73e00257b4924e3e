import { ConnectorError, type SinkRecord } from '../../../../src/sdk/index.js';
import type { PackedStatement, Session, Table } from '../session.js';
import type { SqlSinkConfig } from '../spec.js';
import { isByTopic, tableNamer } from '../table-name.js';
import { PackedRows } from './packed-rows.js';

/** Batches in a row that could not be packed, after which so many others are not tried. */
const patience = 3;
const pause = 50;

/**
 * The short way from records that are JSON as they came to statements: only for batches of rows of tables that are
 * known, whose fields are the columns. Whatever else there is goes the long way, which says what is wrong with it.
 */
export class Packing {
  readonly #config: Pick<SqlSinkConfig, 'mode' | 'key' | 'table'>;
  readonly #nameOf: (record: SinkRecord) => string;
  readonly #isPossible: boolean;
  readonly #packed = new Map<string, PackedRows>();
  #misses = 0;

  constructor(config: Pick<SqlSinkConfig, 'mode' | 'key' | 'table'>) {
    this.#config = config;
    this.#nameOf = tableNamer(config.table);
    this.#isPossible = isByTopic(config.table);
  }

  /** Those that have to be known to pack these; none where nothing can be packed. */
  tables(records: readonly SinkRecord[]): Iterable<string> {
    const names = new Set<string>();
    if (!this.#isPossible) return names;
    let topic: string | undefined;
    for (const record of records) {
      if (record.json === undefined) return [];
      if (record.topic === topic) continue;
      ({ topic } = record);
      names.add(this.#nameOf(record));
    }
    return names;
  }

  /** Null: the batch is not for this way. */
  statements(
    session: Session,
    records: readonly SinkRecord[],
    tables: ReadonlyMap<string, Table>,
  ): readonly PackedStatement[] | null {
    if (!this.#isPossible || records.length === 0) return null;
    if (this.#misses >= patience && this.#misses < patience + pause) {
      this.#misses += 1;
      return null;
    }
    const statements = this.#pack(session, records, tables);
    // One try after the pause, then another pause.
    this.#misses = statements === null ? (this.#misses > patience ? patience : this.#misses + 1) : 0;
    return statements;
  }

  /** What was handed out may still be in use: it is not written over. */
  forget(): void {
    this.#packed.clear();
  }

  #pack(
    session: Session,
    records: readonly SinkRecord[],
    tables: ReadonlyMap<string, Table>,
  ): readonly PackedStatement[] | null {
    const begun = new Set<PackedRows>();
    let topic: string | undefined;
    let rows: PackedRows | null = null;
    for (const record of records) {
      if (record.topic !== topic) {
        ({ topic } = record);
        rows = this.#rowsOf(session, this.#nameOf(record), tables);
        if (rows !== null && !begun.has(rows)) {
          rows.begin();
          begun.add(rows);
        }
      }
      const { json } = record;
      if (rows === null || json === undefined || !isAdded(rows, json, record)) return null;
    }
    const statements: PackedStatement[] = [];
    for (const rows of begun) {
      const its = rows.done();
      if (its === null) return null;
      statements.push(...its);
    }
    return statements;
  }

  #rowsOf(session: Session, name: string, tables: ReadonlyMap<string, Table>): PackedRows | null {
    const table = tables.get(name);
    if (table === undefined) return null;
    const known = this.#packed.get(name);
    if (known?.table === table) return known;
    const { mode: kind, key: asked } = this.#config;
    const key = asked.length > 0 ? asked : table.key;
    if (!session.packs(kind, table) || (kind !== 'insert' && key.length === 0)) return null;
    const rows = new PackedRows({ kind, table, key }, session.rowText);
    this.#packed.set(name, rows);
    return rows;
  }
}

/** A schema that is none is for those to tell who refuse the record. */
function isAdded(rows: PackedRows, json: Buffer, record: SinkRecord): boolean {
  try {
    return rows.add(json, record.schema);
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'bad_data') return false;
    throw error;
  }
}
