import {
  problem,
  warning,
  type Finding,
  type Findings,
  type SinkInspectContext,
  type SinkRecord,
} from '../../../src/sdk/index.js';
import type { SqlSinkConfig } from '../sink/spec.js';
import { isByTopic, tableNamer } from '../sink/table-name.js';
import type { Connected } from './connected.js';

/** What a database has of its own to be looked at as the target of a sink. */
export interface Target<Session> {
  readonly connected: Connected<Session>;
  /** Whether the server takes writes. */
  server(session: Session): Promise<readonly Finding[]>;
  table(session: Session, table: string, config: SqlSinkConfig): Findings;
  offsets(session: Session, table: string): Promise<readonly Finding[]>;
}

/** What writing rows takes: of the server, of each table that is known, and of the table of offsets. */
export const sinkInspection =
  <Session>(target: Target<Session>) =>
  (config: SqlSinkConfig, context: SinkInspectContext): Findings =>
    target.connected(config, context, async function* (session) {
      yield* await target.server(session);
      if (isByTopic(config.table)) {
        // Nothing else of the record is asked for.
        const nameOf = tableNamer(config.table);
        const tables = new Set(context.topics.map((topic) => nameOf({ topic, value: null } as SinkRecord)));
        for (const table of tables) yield* target.table(session, table, config);
      } else yield warning(`the records decide the table (${config.table}): rights on it are not looked at`);
      if (context.delivery === 'exactly_once') yield* await target.offsets(session, config.offsets_table);
    });

export const allRights: readonly string[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

/** The rights on a table that the configuration makes use of. */
export const neededRights = ({ mode, nulls }: SqlSinkConfig): readonly string[] => [
  'SELECT',
  ...(mode === 'update' ? [] : ['INSERT']),
  ...(mode === 'insert' ? [] : ['UPDATE']),
  ...(nulls === 'delete' ? ['DELETE'] : []),
];

export const absentTable = (table: string): Finding =>
  problem(`there is no table ${table}`, 'make it, or set create_table: true to have it made of the records');

export const noKey = (table: string): Finding =>
  warning(
    `table ${table} has no primary key: rows are told apart by the key of the records’ schema`,
    'name the columns: key: [id]',
  );
