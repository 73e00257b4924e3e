import { ConnectorError, type SourceRecord } from '../../../src/sdk/index.js';
import type { Log } from '../../sql/cdc/task.js';
import type { Mysql } from '../connect.js';
import { BinlogStream } from './binlog-stream.js';
import { decodeEvent, type BinlogEvent, type RowsEvent, type TableMap } from './events.js';
import { isBehind, serverOf, type LogPlace, type LogPosition } from './position.js';
import type { Origin, RecordMaker } from './records.js';
import { rowsOf } from './rows.js';
import type { CdcConfig } from './spec.js';
import { fittingShape, nameOf, shapeInLog, shapeOf, type Shape, type Table } from './tables.js';
import { changesTables, truncatedTable, writtenTable } from './statements.js';

export interface LogReaderOptions {
  readonly config: CdcConfig;
  readonly serverId: number;
  /** For questions about tables. */
  readonly mysql: Mysql;
  readonly tables: readonly Table[];
  readonly records: RecordMaker;
  readonly from: LogPosition;
  /** Where reading ends; null: never. */
  readonly until: LogPlace | null;
}

/** At the most in one batch. */
const most = 1_000;

/** The changes in the binlog behind a position, as records. The same changes have the same positions at each reading. */
export class LogReader implements Log {
  readonly #options: LogReaderOptions;
  readonly #stream: BinlogStream;
  readonly #captured: ReadonlySet<string>;
  /** As tables are now; dropped when a statement may have changed one. */
  readonly #shapes = new Map<string, Shape>();
  /** Of the ids in the log; null: of no interest. They are told anew in each transaction. */
  readonly #maps = new Map<number, { readonly map: TableMap; readonly shape: Shape } | null>();
  /** Behind the last transaction, or statement outside of one. */
  #place: LogPlace;
  /** Who wrote the file that is read. */
  #server: number | null = null;
  #transaction: { readonly origin: Origin; rows: number } | null = null;
  /** Rows of an event that did not fit into a batch. */
  #rest: Iterator<SourceRecord> | null = null;

  private constructor(options: LogReaderOptions, stream: BinlogStream) {
    this.#options = options;
    this.#stream = stream;
    this.#place = options.from;
    this.#captured = new Set(options.tables.map(nameOf));
  }

  static async open(options: LogReaderOptions): Promise<LogReader> {
    const { config, serverId, from } = options;
    return new LogReader(options, await BinlogStream.open(config, { serverId, from }));
  }

  /** The next records; waits for some. null: the end that was asked for is reached. */
  async read(signal: AbortSignal): Promise<SourceRecord[] | null> {
    const records: SourceRecord[] = [];
    const now = Date.now();
    for (;;) {
      this.#fill(records);
      if (records.length >= most) return records;
      const event = this.#stream.take();
      if (event !== undefined) {
        await this.#take(decodeEvent(event), now);
        continue;
      }
      if (records.length > 0) return records;
      if (this.#isDone()) return null;
      await this.#stream.ready(signal);
      signal.throwIfAborted();
    }
  }

  /** Idempotent. */
  close(): void {
    this.#stream.close();
  }

  #isDone(): boolean {
    const { until } = this.#options;
    return until !== null && this.#transaction === null && !isBehind(until, this.#place);
  }

  #fill(records: SourceRecord[]): void {
    while (this.#rest !== null && records.length < most) {
      const next = this.#rest.next();
      if (next.done === true) this.#rest = null;
      else records.push(next.value);
    }
  }

  async #take(event: BinlogEvent, now: number): Promise<void> {
    switch (event.kind) {
      case 'rotate':
        // The first one tells only where we are.
        if (event.isReal || event.file !== this.#place.file)
          this.#place = { file: event.file, pos: event.pos };
        return;
      case 'gtid':
        this.#begin(event.gtid, event.at);
        return;
      case 'query':
        this.#statement(event, now);
        return;
      case 'table':
        await this.#map(event.table);
        return;
      case 'rows':
        this.#rows(event.rows, now);
        return;
      case 'commit':
        this.#end(event.end);
        return;
      case 'server':
        this.#meet(event.server);
        this.#pass(event.end);
        return;
      case 'passed':
        this.#pass(event.end);
        return;
      case 'unreadable':
        throw new ConnectorError('config', `the binlog has ${event.what}, which cannot be read`, {
          hint: event.hint,
        });
      case 'other':
        return;
    }
  }

  #pass(end: number): void {
    if (this.#transaction === null && end > this.#place.pos) this.#end(end);
  }

  /** Of another server (a replica that took over) places in files of the same names are others. */
  #meet(server: number): void {
    const { from } = this.#options;
    const former = this.#server === null ? serverOf(from) : null;
    this.#server = server;
    if (former === null || former === server) return;
    throw new ConnectorError(
      'config',
      `the binlog is that of server ${String(server)}, and ${from.file}:${String(from.pos)} was read from server ${String(former)}: which changes of this one were read nobody can tell`,
      {
        hint: 'go back to that server (server_id), or have `rmq-connect offsets reset NAME --yes` read the tables anew from this one',
      },
    );
  }

  #begin(gtid: string | null, committedAt: number): void {
    const { file, pos } = this.#place;
    this.#transaction = { origin: { file, pos, gtid, committedAt }, rows: 0 };
  }

  #end(pos: number): void {
    this.#transaction = null;
    this.#maps.clear();
    if (pos > 0) this.#place = { file: this.#place.file, pos };
  }

  /** `BEGIN`, `COMMIT`, or a statement on its own: then it may have changed tables. */
  #statement({ sql, database, end, at }: Extract<BinlogEvent, { kind: 'query' }>, now: number): void {
    if (/^(BEGIN|XA START)\b/i.test(sql)) {
      if (this.#transaction === null) this.#begin(null, at);
      return;
    }
    if (/^(SAVEPOINT|XA END)\b/i.test(sql)) return;
    this.#refuseStatement(sql, database);
    if (changesTables(sql)) this.#shapes.clear();
    const truncated = truncatedTable(sql, database);
    if (truncated !== null && this.#captured.has(nameOf(truncated))) {
      if (this.#transaction === null) this.#begin(null, at);
      const { records } = this.#options;
      this.#rest = this.#counted([(origin, position) => records.truncated(truncated, origin, position, now)]);
    }
    this.#end(end);
  }

  /** What it changed nobody can tell, and passing it over would be a loss that nobody sees. */
  #refuseStatement(sql: string, database: string): void {
    const written = writtenTable(sql, database);
    if (written === null || !this.#captured.has(nameOf(written))) return;
    const { file, pos } = this.#place;
    throw new ConnectorError(
      'config',
      `the binlog has a statement at ${file}:${String(pos)} that changes table ${nameOf(written)}, and not its rows: a session had another binlog_format than ROW`,
      { hint: 'have it write rows; `rmq-connect offsets reset NAME --yes` reads the tables anew' },
    );
  }

  async #map(map: TableMap): Promise<void> {
    const table = { database: map.database, name: map.table };
    const name = nameOf(table);
    if (!this.#captured.has(name)) {
      this.#maps.set(map.id, null);
      return;
    }
    this.#maps.set(map.id, { map, shape: await this.#shapeOf(table, name, map) });
  }

  /** One that is known and does not fit was altered by a statement that does not look like one. */
  async #shapeOf(table: Table, name: string, map: TableMap): Promise<Shape> {
    const known = this.#shapes.get(name);
    const fitting = known === undefined ? null : fittingShape(known, map);
    if (fitting !== null) return fitting;
    const now = await shapeOf(table, this.#options.mysql);
    this.#shapes.set(name, now);
    return shapeInLog(now, map);
  }

  #rows(event: RowsEvent, now: number): void {
    const known = this.#maps.get(event.table);
    if (known === undefined) throw new Error(`the binlog did not describe table ${String(event.table)}`);
    if (known === null) return;
    const { map, shape } = known;
    const { records } = this.#options;
    const makers = function* (): Generator<(origin: Origin, position: LogPosition) => SourceRecord> {
      for (const change of rowsOf(event, map, shape)) {
        yield (origin, position) => records.row(event.op, change, shape, origin, position, now);
      }
    };
    this.#rest = this.#counted(makers());
  }

  /** Gives each its place in the transaction, and leaves out what is known. */
  #counted(
    makers: Iterable<(origin: Origin, position: LogPosition) => SourceRecord>,
  ): Iterator<SourceRecord> {
    const transaction = this.#transaction;
    if (transaction === null) throw new Error('a change outside of a transaction');
    return counted(makers, transaction, this.#options.from, this.#server);
  }
}

function* counted(
  makers: Iterable<(origin: Origin, position: LogPosition) => SourceRecord>,
  transaction: { readonly origin: Origin; rows: number },
  from: LogPosition,
  server: number | null,
): Generator<SourceRecord, void, undefined> {
  const { file, pos } = transaction.origin;
  for (const make of makers) {
    const row = transaction.rows;
    transaction.rows += 1;
    if (file === from.file && pos === from.pos && row <= from.row) continue;
    yield make(transaction.origin, server === null ? { file, pos, row } : { file, pos, row, server });
  }
}
