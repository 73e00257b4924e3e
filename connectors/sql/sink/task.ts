import {
  ConnectorError,
  RecordsRefused,
  throwRefused,
  type QueueOffset,
  type Refused,
  type SinkRecord,
  type SinkTask,
} from '../../../src/sdk/index.js';
import { TableBatch, type Item } from './batch.js';
import { changeOf, type Change } from './change.js';
import type { Fence } from './fence.js';
import { columnsFor } from './new-columns.js';
import { Packing } from './packed/packing.js';
import type { Session, Table } from './session.js';
import type { SqlSinkConfig } from './spec.js';
import { plan, type Planned } from './statements.js';
import { tableNamer } from './table-name.js';

export interface SqlTaskOptions {
  readonly config: SqlSinkConfig;
  readonly connect: () => Promise<Session>;
  /** Null: at least once. */
  readonly fence: Fence | null;
}

/** What is to be done, and the records of which nothing is. */
interface Plan {
  readonly statements: readonly Planned[];
  readonly refused: Refused;
}

type Changes = readonly { readonly index: number; readonly change: Change }[];

/** Writes each batch, and the offsets of its queues, in one transaction. */
export class SqlTask implements SinkTask {
  readonly #options: SqlTaskOptions;
  readonly #nameOf: (record: SinkRecord) => string;
  readonly #tables = new Map<string, Table>();
  readonly readsJson = true;
  readonly #packing: Packing;
  #session: Session | null = null;

  constructor(options: SqlTaskOptions) {
    this.#options = options;
    this.#nameOf = tableNamer(options.config.table);
    this.#packing = new Packing(options.config);
  }

  async write(
    records: readonly SinkRecord[],
    signal: AbortSignal,
    upTo: readonly QueueOffset[] = [],
  ): Promise<void> {
    const knew = this.#tables.size > 0;
    try {
      await this.#write(records, signal, upTo, knew);
    } catch (error) {
      // A table that was known may have been altered since: then there is nothing that a person has to mend.
      if (!knew || !isAboutTables(error)) throw error;
      await this.#write(records, signal, upTo, false);
    }
  }

  async close(): Promise<void> {
    await this.#session?.close();
    this.#session = null;
  }

  async #write(
    records: readonly SinkRecord[],
    signal: AbortSignal,
    upTo: readonly QueueOffset[],
    knew: boolean,
  ): Promise<void> {
    signal.throwIfAborted();
    const session = await this.#connected();
    signal.throwIfAborted();
    const drop = (): void => {
      session.drop();
    };
    signal.addEventListener('abort', drop, { once: true });
    try {
      if (await this.#writePacked(session, records, upTo, signal, drop)) return;
      if (knew) {
        if (await this.#writeWhole(session, await this.#plan(session, records), upTo, signal, drop)) return;
        // A record is to blame; or a table that was altered since it was looked at, and then none is.
        this.#tables.clear();
      }
      const planned = await this.#plan(session, records);
      if (await this.#writeWhole(session, planned, upTo, signal, drop)) return;
      await this.#writeRest(session, planned, upTo, signal, drop);
      throwRefused(planned.refused);
    } catch (error) {
      if (!(error instanceof RecordsRefused)) this.#tables.clear();
      this.#packing.forget();
      if (signal.aborted) throw signal.reason;
      if (error instanceof RecordsRefused) throw error;
      const its = session.error('cannot write', error);
      // A server that does not take it may be the wrong one by now, as a primary that became a standby: ask anew.
      if (its.code === 'unavailable') session.drop();
      throw its;
    } finally {
      signal.removeEventListener('abort', drop);
    }
  }

  /** False: not done, and nothing is written; some record may be to blame for it. */
  async #writePacked(
    session: Session,
    records: readonly SinkRecord[],
    upTo: readonly QueueOffset[],
    signal: AbortSignal,
    drop: () => void,
  ): Promise<boolean> {
    for (const name of this.#packing.tables(records)) {
      const table = this.#tables.get(name) ?? (await session.table(name));
      if (table === null) return false;
      this.#tables.set(name, table);
    }
    const packed = this.#packing.statements(session, records, this.#tables);
    if (packed === null) return false;
    const failure = await this.#attempt(session, packed, upTo, signal, drop, (statement) =>
      session.runPacked(statement),
    );
    if (failure !== null) this.#packing.forget();
    return failure === null;
  }

  async #connected(): Promise<Session> {
    if (this.#session?.isBroken === true) {
      this.#session.drop();
      this.#session = null;
    }
    this.#session ??= await this.#options.connect();
    return this.#session;
  }

  /** What is to be done, in order; makes tables and columns that are missing, where that is asked for. */
  async #plan(session: Session, records: readonly SinkRecord[]): Promise<Plan> {
    const refused: Refused = new Map();
    const statements: Planned[] = [];
    for (const [name, changes] of this.#byTable(records, refused)) {
      statements.push(...(await this.#planTable(session, name, changes, refused)));
    }
    return { statements, refused };
  }

  #byTable(records: readonly SinkRecord[], refused: Refused): Map<string, Changes> {
    const tables = new Map<string, { index: number; change: Change }[]>();
    for (const [index, record] of records.entries()) {
      this.#guarded(index, refused, () => {
        const change = changeOf(record, this.#options.config);
        if (change === null) return;
        const name = this.#nameOf(record);
        const changes = tables.get(name);
        if (changes === undefined) tables.set(name, [{ index, change }]);
        else changes.push({ index, change });
      });
    }
    return tables;
  }

  async #planTable(
    session: Session,
    name: string,
    changes: Changes,
    refused: Refused,
  ): Promise<readonly Planned[]> {
    const { mode } = this.#options.config;
    const items = changes.flatMap(({ index, change }): Item[] =>
      change.kind === 'row' || change.kind === 'change'
        ? [{ index, row: change.row, schema: change.schema }]
        : [],
    );
    const table = await this.#table(session, name, items);
    if (table === null) return [];
    const key = this.#keyOf(table, changes);
    const batch = new TableBatch(key, mode !== 'insert');
    for (const { index, change } of changes)
      this.#guarded(index, refused, () => {
        batch.add(index, change);
      });
    const refuse = (index: number, error: ConnectorError): void => {
      refused.set(index, error);
    };
    return batch.done().flatMap((step) => plan(step, table, mode, key, refuse));
  }

  /** Null: there is none, and nothing to put into it. */
  async #table(session: Session, name: string, items: readonly Item[]): Promise<Table | null> {
    const { create_table, add_columns, key } = this.#options.config;
    let table = this.#tables.get(name) ?? (await session.table(name));
    if (table === null) {
      if (!create_table) {
        throw new ConnectorError('not_found', `there is no table ${name}`, {
          hint: 'make it, or set create_table: true',
        });
      }
      if (items.length === 0) return null;
      const its =
        key.length > 0 ? key : (items.find(({ schema }) => schema !== undefined)?.schema?.key ?? []);
      await session.create(
        name,
        columnsFor(items, its, () => null),
        its,
      );
      table = await session.table(name);
    }
    if (table === null) throw new ConnectorError('unavailable', `table ${name} was made and is gone again`);
    const { columns } = table;
    if (add_columns) {
      const missing = columnsFor(items, [], (column) => column !== '' && columns.has(column));
      if (missing.length > 0) {
        await session.addColumns(name, missing);
        table = (await session.table(name)) ?? table;
      }
    }
    this.#tables.set(name, table);
    return table;
  }

  #keyOf(table: Table, changes: Changes): readonly string[] {
    const { key } = this.#options.config;
    if (key.length > 0) return key;
    if (table.key.length > 0) return table.key;
    for (const { change } of changes) {
      if (change.kind !== 'truncate' && change.schema !== undefined) return change.schema.key;
    }
    return [];
  }

  /** False: nothing is written; some record may be to blame for it. */
  async #writeWhole(
    session: Session,
    { statements, refused }: Plan,
    upTo: readonly QueueOffset[],
    signal: AbortSignal,
    drop: () => void,
  ): Promise<boolean> {
    if (refused.size > 0) return false;
    const run = (statement: Planned): Promise<void> => session.run(statement);
    return (await this.#attempt(session, statements, upTo, signal, drop, run)) === null;
  }

  /** Some record is to blame: the statements are divided until it is found. */
  async #writeRest(
    session: Session,
    { statements, refused }: Plan,
    upTo: readonly QueueOffset[],
    signal: AbortSignal,
    drop: () => void,
  ): Promise<void> {
    const { fence } = this.#options;
    const mayWrite = (): boolean => refused.size === 0 || fence === null;
    await this.#attempt(
      session,
      statements,
      upTo,
      signal,
      drop,
      (statement) => narrow(session, statement, refused),
      mayWrite,
    );
  }

  /** Null: done. Else what a single record may be to blame for; nothing is written then. */
  async #attempt<S>(
    session: Session,
    statements: readonly S[],
    upTo: readonly QueueOffset[],
    signal: AbortSignal,
    drop: () => void,
    run: (statement: S) => Promise<void>,
    mayCommit: () => boolean = () => true,
  ): Promise<ConnectorError | null> {
    const { fence } = this.#options;
    if (statements.length === 0 && upTo.length === 0) return null;
    await session.begin();
    try {
      if (fence !== null && !(await fence.move(session, upTo))) {
        await session.rollback();
        fence.committed(upTo);
        return null;
      }
      for (const statement of statements) await run(statement);
    } catch (error) {
      const failure = session.error('cannot write', error);
      if (session.isBroken || failure.code !== 'bad_data') {
        if (!session.isBroken)
          await session.rollback().catch(() => {
            session.drop();
          });
        throw failure;
      }
      await session.rollback();
      return failure;
    }
    if (!mayCommit()) {
      await session.rollback();
      return null;
    }
    signal.throwIfAborted();
    // From here on the outcome is the server's: nobody must leave before it is known.
    signal.removeEventListener('abort', drop);
    try {
      await session.commit();
    } catch (error) {
      if (session.isBroken) fence?.unknown(upTo);
      throw error;
    }
    fence?.committed(upTo);
    return null;
  }

  #guarded(index: number, refused: Refused, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'bad_data') throw error;
      refused.set(index, error);
    }
  }
}

const isAboutTables = (error: unknown): boolean =>
  error instanceof ConnectorError && (error.code === 'config' || error.code === 'not_found');

/** Runs as much of a statement as can be run; who cannot is among the refused. */
async function narrow(session: Session, statement: Planned, refused: Refused): Promise<void> {
  await session.mark();
  try {
    await session.run(statement);
    return;
  } catch (error) {
    const failure = session.error('cannot write', error);
    if (failure.code !== 'bad_data' || session.isBroken) throw failure;
    await session.backToMark();
    const [index] = statement.indexes;
    if (statement.indexes.length <= 1 && index !== undefined) {
      refused.set(index, failure);
      return;
    }
  }
  const middle = Math.ceil(statement.rows.length / 2);
  for (const [from, to] of [
    [0, middle],
    [middle, statement.rows.length],
  ] as const) {
    const part = { rows: statement.rows.slice(from, to), indexes: statement.indexes.slice(from, to) };
    await narrow(session, { ...statement, ...part }, refused);
  }
}
