import { z } from 'zod';
import { namesField, type Check, type SourceDelivery } from '../../../src/sdk/index.js';
import type { ConnectionFields } from '../connection.js';

export const pollingModes = [
  'snapshot',
  'incrementing',
  'timestamp',
  'timestamp+incrementing',
  'query',
] as const;
export type PollingMode = (typeof pollingModes)[number];

/** The fields of the modes that ask for rows. */
export const pollingFields = {
  table: z
    .string()
    .min(1)
    .optional()
    .describe('All modes but `query` and `cdc`: the table, or `schema.table`.'),
  query: z
    .string()
    .min(1)
    .optional()
    .describe(
      '`query`: a SELECT whose rows are read; `column` is one of its columns. It is asked as part of another one.',
    ),
  column: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A column without nulls in which no value comes twice and new rows have greater ones. `snapshot`: instead of the primary key.',
    ),
  timestamp_column: z
    .string()
    .min(1)
    .optional()
    .describe('`timestamp` modes: the column that gets the time of every change.'),
  key: namesField('The columns that the key of a message is made of; by default the primary key.').default(
    [],
  ),
  rows: z
    .enum(['fixed', 'changing'])
    .optional()
    .describe(
      '`fixed`: nobody changes or deletes rows, so they can be read again after a crash, and go into RocketMQ exactly ' +
        'once. `changing`: at least once. By default `fixed` for `incrementing`, `changing` else.',
    ),
  poll_ms: z.int().min(10).max(86_400_000).default(1_000).describe('How often new rows are asked for.'),
  lag_ms: z
    .int()
    .min(0)
    .max(86_400_000)
    .default(1_000)
    .describe(
      'How long a row is left alone after a greater value of its column was first seen: for transactions that commit ' +
        'late rows with smaller ones.',
    ),
  range_rows: z
    .int()
    .min(1)
    .default(100_000)
    .describe(
      '`snapshot` with a key of one integer: the width of the ranges of keys that tasks share. Each is a partition.',
    ),
  schema: z
    .enum(['json', 'none'])
    .default('json')
    .describe(
      '`json`: records carry the types of their columns (property connect.schema). `none`: they do not.',
    ),
};

export interface PollingConfig extends ConnectionFields {
  readonly mode: PollingMode;
  readonly table?: string | undefined;
  readonly query?: string | undefined;
  readonly column?: string | undefined;
  readonly timestamp_column?: string | undefined;
  readonly key: readonly string[];
  readonly rows?: 'fixed' | 'changing' | undefined;
  readonly poll_ms: number;
  readonly lag_ms: number;
  readonly range_rows: number;
  readonly schema: 'json' | 'none';
}

/** What a mode needs and does not have. */
export function missingFields(config: PollingConfig): readonly Check[] {
  const { mode } = config;
  const needed: readonly (keyof PollingConfig)[] = [
    mode === 'query' ? 'query' : 'table',
    ...(mode === 'incrementing' || mode === 'query' || mode === 'timestamp+incrementing'
      ? (['column'] as const)
      : []),
    ...(mode.startsWith('timestamp') ? (['timestamp_column'] as const) : []),
  ];
  return needed
    .filter((name) => config[name] === undefined)
    .map((name) => ({ severity: 'error', path: [name], message: `mode: ${mode} needs ${name}` }));
}

export const pollingDelivery = ({ mode, rows }: PollingConfig): SourceDelivery =>
  (rows ?? (mode === 'incrementing' ? 'fixed' : 'changing')) === 'fixed'
    ? { delivery: 'exactly_once' }
    : {
        delivery: 'at_least_once',
        because: 'rows may be others when they are read again; rows: fixed says that they are not',
      };
