import type { Client } from 'pg';
import type { Position, SourceRecord } from '../../../src/sdk/index.js';
import type { Log } from '../../sql/cdc/task.js';
import type { Connection } from '../connect.js';
import type { TypeCatalog } from '../types/catalog.js';
import { Confirmations } from './confirmations.js';
import { lsnOf, lsnText, type Lsn } from './lsn.js';
import type { LogMessage, Relation } from './pgoutput.js';
import { readPosition, type LogPosition } from './position.js';
import type { Origin, RecordMaker } from './records.js';
import { ReplicationStream, type StreamMessage } from './replication.js';
import { keyOfTable, queryText, shapeOf, type Shape } from './tables.js';

export interface LogReaderOptions {
  readonly database: Connection;
  readonly databaseName: string;
  /** For questions about tables that have changed. */
  readonly client: Client;
  readonly catalog: TypeCatalog;
  readonly records: RecordMaker;
  readonly slot: string;
  readonly publication: string;
  readonly from: LogPosition;
  /** Where reading ends; null: never. */
  readonly until: Lsn | null;
}

/** At the most in one batch. */
const most = 1_000;

/** A transaction that is being read. */
interface Transaction {
  readonly lsn: Lsn;
  readonly origin: Origin;
  /** Changes of ours so far. */
  changes: number;
}

/** The changes in the log behind a position, as records. The same changes have the same positions at each reading. */
export class LogReader implements Log {
  readonly #options: LogReaderOptions;
  readonly #stream: ReplicationStream;
  readonly #confirmations: Confirmations;
  readonly #shapes = new Map<number, Shape>();
  /** Changes of this transaction are known up to and with this index. */
  readonly #known: { readonly lsn: Lsn; readonly index: number };
  #transaction: Transaction | null = null;
  #reached: Lsn;

  private constructor(options: LogReaderOptions, stream: ReplicationStream, confirmations: Confirmations) {
    this.#options = options;
    this.#stream = stream;
    this.#confirmations = confirmations;
    this.#known = { lsn: lsnOf(options.from.lsn), index: options.from.index };
    this.#reached = this.#known.lsn;
  }

  static async open(options: LogReaderOptions): Promise<LogReader> {
    const { database, slot, publication } = options;
    const from = lsnOf(options.from.lsn);
    const confirmations = new Confirmations(from);
    const stream = await ReplicationStream.open(database, {
      slot,
      publication,
      from,
      confirmed: () => confirmations.confirmed,
    });
    return new LogReader(options, stream, confirmations);
  }

  /** The next records; waits for some. null: the end that was asked for is reached. */
  async read(signal: AbortSignal): Promise<SourceRecord[] | null> {
    const records: SourceRecord[] = [];
    const now = Date.now();
    while (records.length < most) {
      const message = this.#stream.take();
      if (message !== undefined) {
        await this.#take(message, records, now);
        continue;
      }
      if (records.length > 0) break;
      if (this.#isDone()) return null;
      await this.#stream.ready(signal);
      signal.throwIfAborted();
    }
    return records;
  }

  /** All changes up to and with this one are stored. */
  stored(position: Position): void {
    const its = readPosition(this.#options.slot, position);
    if (its !== null && !('snapshot' in its)) this.#confirmations.stored(its);
  }

  /** Tells the server what is stored. Idempotent. */
  close(): void {
    this.#stream.tell();
    this.#stream.close();
  }

  #isDone(): boolean {
    const { until } = this.#options;
    return until !== null && this.#transaction === null && this.#reached >= until;
  }

  async #take(message: StreamMessage, records: SourceRecord[], now: number): Promise<void> {
    switch (message.kind) {
      case 'begin':
        this.#begin(message);
        return;
      case 'commit':
        this.#confirmations.read(message.commitLsn, message.endLsn, (this.#transaction?.changes ?? 0) - 1);
        this.#reached = message.endLsn;
        this.#transaction = null;
        return;
      case 'reached':
        if (this.#transaction !== null) return;
        this.#confirmations.passed(message.end);
        if (message.end > this.#reached) this.#reached = message.end;
        return;
      case 'relation':
        await this.#describe(message.relation);
        return;
      case 'truncate':
        for (const relation of message.relations) {
          this.#add(records, (origin, position) =>
            this.#options.records.truncated(this.#shape(relation), origin, position, now),
          );
        }
        return;
      case 'insert':
      case 'update':
      case 'delete':
        this.#add(records, (origin, position) => this.#recordOf(message, origin, position, now));
        return;
      case 'other':
        return;
    }
  }

  #begin({ commitLsn, txId, committedAt }: Extract<LogMessage, { kind: 'begin' }>): void {
    const origin = { database: this.#options.databaseName, lsn: lsnText(commitLsn), txId, committedAt };
    this.#transaction = { lsn: commitLsn, origin, changes: 0 };
  }

  #add(records: SourceRecord[], make: (origin: Origin, position: LogPosition) => SourceRecord): void {
    const transaction = this.#transaction;
    if (transaction === null) throw new Error('a change outside of a transaction');
    const index = transaction.changes;
    transaction.changes += 1;
    if (transaction.lsn === this.#known.lsn && index <= this.#known.index) return;
    records.push(make(transaction.origin, { lsn: transaction.origin.lsn, index }));
  }

  #recordOf(
    message: Extract<LogMessage, { kind: 'insert' | 'update' | 'delete' }>,
    origin: Origin,
    position: LogPosition,
    now: number,
  ): SourceRecord {
    const { records } = this.#options;
    const shape = this.#shape(message.relation);
    switch (message.kind) {
      case 'insert':
        return records.inserted(shape, message.after, origin, position, now);
      case 'update':
        return records.updated(shape, message.before, message.after, origin, position, now);
      case 'delete':
        return records.deleted(shape, message.before, origin, position, now);
    }
  }

  #shape(relation: number): Shape {
    const shape = this.#shapes.get(relation);
    if (shape === undefined) throw new Error(`the log did not describe table ${String(relation)}`);
    return shape;
  }

  /** The columns are those of the log; what the key is, only the table as it is now can tell. */
  async #describe({ id, schema, table, columns }: Relation): Promise<void> {
    const query = queryText(this.#options.client);
    const known = await keyOfTable(id, query);
    const identity = columns.filter(({ isIdentity }) => isIdentity).map(({ name }) => name);
    const key = known.length > 0 || identity.length === columns.length ? known : identity;
    this.#shapes.set(id, await shapeOf({ schema, name: table }, columns, key, this.#options.catalog, query));
  }
}
