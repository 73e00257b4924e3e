import { z } from 'zod';
import type { JsonValue } from '../sdk/index.js';

export const jsonValue = z.json() as z.ZodType<JsonValue>;

/** What the user asked for. */
export const wantedStates = ['running', 'paused', 'stopped'] as const;
export type Wanted = (typeof wantedStates)[number];

/** What is the case. */
export const actualStates = [
  'starting',
  'running',
  'paused',
  'restarting',
  'failed',
  'finished',
  'stopped',
] as const;
export type State = (typeof actualStates)[number];

const failure = z.object({ code: z.string(), message: z.string() });
export type Failure = z.infer<typeof failure>;

/** Since the worker started. */
const counts = {
  /** Records that could not be taken and were left out. */
  skipped: z.number().default(0),
  /** Records that could not be taken and were kept as dead letters. */
  dead_lettered: z.number().default(0),
  /** Times that something was tried again in place. */
  retried: z.number().default(0),
};

const taskStatus = z.object({
  connector: z.string(),
  /** Counts from 0. */
  task: z.number().int(),
  kind: z.enum(['source', 'sink']),
  wanted: z.enum(wantedStates),
  state: z.enum(actualStates),
  /** Source: partitions it has read from. Sink: its queues, `topic/broker/queue`. */
  partitions: z.array(z.string()),
  /** Records stored (source) or written (sink) since the worker started. */
  records: z.number(),
  ...counts,
  /** Failures since the worker started. */
  errors: z.number(),
  /** The last failure; null again once the task has moved records after it. */
  error: failure.nullable(),
  /** When the state began, ISO 8601. */
  since: z.string(),
});
export type TaskStatus = z.infer<typeof taskStatus>;

/** What the worker says about one connector, for people and for the other commands. */
export const statusFile = z.object({
  version: z.literal(1),
  connector: z.string(),
  kind: z.enum(['source', 'sink']),
  job: z.string(),
  state: z.enum(actualStates),
  tasks: z.array(taskStatus),
  /** Records since the worker started, tasks that are gone included. */
  records: z.number(),
  ...counts,
  /** Records a second over the last ten seconds; null where nothing can be said. */
  rate: z.number().nullable(),
  last_record_at: z.string().nullable(),
  /** Messages delivered to it and not acknowledged yet; null where messages are not acknowledged one by one. */
  unacknowledged: z.number().nullable().default(null),
  /** Messages that came to it again since the worker started; null like `unacknowledged`. */
  redelivered: z.number().nullable().default(null),
  /** The worker's process. */
  pid: z.number().int(),
  updated_at: z.string(),
});
export type ConnectorStatus = z.infer<typeof statusFile>;
