import { z } from 'zod';
import {
  ConnectorError,
  type Check,
  type ConnectorContext,
  type Findings,
  type InspectContext,
  type Lag,
  type Position,
  type SourceConnector,
  type SourcePlugin,
  type SourceTask,
  type SourceTaskContext,
} from '../../src/sdk/index.js';
import type { CaptureConfig } from './cdc/spec.js';
import { connectionFields } from './connection.js';
import { hurried } from './inspect/hurried.js';
import { adoptJdbc } from './polling/adopt.js';
import type { OpenReader } from './polling/open-reader.js';
import { pollingPosition } from './polling/position.js';
import { pollingLag, startPolling } from './polling/source.js';
import {
  missingFields,
  pollingFields,
  pollingModes,
  pollingDelivery,
  type PollingConfig,
} from './polling/spec.js';

/** The fields of every source of a database; those of its mode cdc come with them. */
export const sourceFields = (schemes: Parameters<typeof connectionFields>[0]) => ({
  ...connectionFields(schemes),
  mode: z
    .enum([...pollingModes, 'cdc'])
    .describe('How rows, or their changes (`cdc`), are read: see the README.'),
  ...pollingFields,
});

export interface SqlSourceConfig extends Omit<PollingConfig, 'mode'> {
  readonly mode: PollingConfig['mode'] | 'cdc';
  readonly tables?: readonly string[] | undefined;
  readonly snapshot: CaptureConfig['snapshot'];
}

/** A configuration of which it is known that it captures changes. */
export type Captured<Config> = Config & CaptureConfig;

/** What a database has of its own to be captured. */
export interface Capture<Config> {
  readonly position: z.ZodType<Position>;
  readonly open: (
    config: Captured<Config>,
    context: SourceTaskContext,
    positions: ReadonlyMap<string, Position>,
  ) => Promise<SourceTask>;
  lag(config: Captured<Config>, positions: ReadonlyMap<string, Position>): Promise<Lag>;
  readonly inspect: (config: Captured<Config>, context: InspectContext) => Findings;
  /** Deletes what was made in the database, and says what that was. */
  readonly remove?: (config: Captured<Config>, connector: string) => Promise<readonly string[]>;
}

/** What a database has of its own to be asked for rows. */
export interface Rows {
  readonly openReader: OpenReader;
  readonly inspect: (config: PollingConfig, context: InspectContext) => Findings;
}

/** The source of a database: it asks for rows, or captures their changes. */
export function sqlSource<Config extends SqlSourceConfig>(
  spec: z.ZodType<Config>,
  rows: Rows,
  capture: Capture<Config>,
): SourcePlugin<Config> {
  const { remove } = capture;
  const { openReader } = rows;
  return {
    kind: 'source',
    spec,
    delivery: (config) => {
      const polling = pollingOf(config);
      return polling === null ? { delivery: 'exactly_once' } : pollingDelivery(polling);
    },
    position: z.union([pollingPosition, capture.position]),
    check: (config) => {
      const polling = pollingOf(config);
      if (polling !== null) return Promise.resolve(missingFields(polling));
      return Promise.resolve(config.tables === undefined ? [noTables] : []);
    },
    lag: (config, positions, context) => {
      const polling = pollingOf(config);
      return polling === null
        ? // A short question, other than what is captured by.
          capture.lag(
            { ...capturedOf(config, context), statement_timeout_ms: config.statement_timeout_ms },
            positions,
          )
        : pollingLag(openReader, polling, positions, context);
    },
    adopt: async (config, foreign, context) => {
      const polling = pollingOf(config);
      if (polling !== null) return adoptJdbc(openReader, polling, foreign, context);
      return { partition: null, note: 'places of changes (mode cdc) are not taken over' };
    },
    ...(remove === undefined
      ? {}
      : {
          remove: (config, context) =>
            config.mode === 'cdc'
              ? remove(capturedOf(config, context), context.connector)
              : Promise.resolve([]),
        }),
    inspect: (config, context) => {
      const polling = pollingOf(config);
      return polling === null
        ? capture.inspect(hurried(capturedOf(config, context), context), context)
        : rows.inspect(hurried(polling, context), context);
    },
    start: (config, context) => {
      const polling = pollingOf(config);
      return polling === null
        ? Promise.resolve(startCapture(capture, capturedOf(config, context)))
        : startPolling(openReader, polling, context);
    },
  };
}

/** A started source in the mode cdc: one task, however many may be. */
function startCapture<Config>({ open }: Capture<Config>, config: Captured<Config>): SourceConnector {
  return {
    tasks: () => Promise.resolve([{ mode: 'cdc' }]),
    open: (_task, context, positions) => open(config, context, positions),
    close: () => Promise.resolve(),
  };
}

const noTables: Check = {
  severity: 'error',
  path: ['tables'],
  message: 'mode: cdc needs tables',
  hint: 'for example tables: [orders]',
};

/** Null in the mode cdc. */
const pollingOf = (config: SqlSourceConfig): PollingConfig | null =>
  config.mode === 'cdc' ? null : { ...config, mode: config.mode };

/** Statements may take long: a snapshot is one. */
function capturedOf<Config extends SqlSourceConfig>(
  config: Config,
  { baseDir }: Pick<ConnectorContext, 'baseDir'>,
): Captured<Config> {
  const { tables } = config;
  if (tables !== undefined) return { ...config, tables, baseDir, statement_timeout_ms: 0 };
  throw new ConnectorError('config', noTables.message, { hint: 'for example tables: [orders]' });
}
