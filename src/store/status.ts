import { z } from 'zod';
import { rates, routeStatus } from './route-status.js';

/** What the user asked for. */
export const wantedStates = ['running', 'paused', 'stopped'] as const;
export type Wanted = (typeof wantedStates)[number];

/** What is the case. */
const actualStates = [
  'starting',
  /** Another worker has the source; this one takes over when that is gone. */
  'standby',
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

/** `at`: ISO 8601. */
const failureAt = failure.extend({ at: z.string() });
export type FailureAt = z.infer<typeof failureAt>;

/** Something to know of a state while it lasts: `stalled`, `standby`. */
const stateDetail = failure.extend({ since: z.string() });
export type StateDetail = z.infer<typeof stateDetail>;
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
  kind: z.enum(['source', 'sink', 'mirror']),
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
  /** When it failed so that it had to be started anew, and why: the last twenty times, oldest first. */
  failures: z.array(failureAt).default([]),
  /** Why nothing moves though it runs, or stands by; null where there is nothing to say. */
  detail: stateDetail.nullable().default(null),
  /** Sink: messages that were gone from its queues before it had read them, since the worker started. */
  missed: z.number().default(0),
  /** When the state began, ISO 8601; null where nobody was there to see it: its worker was killed. */
  since: z.string().nullable(),
  /** There is no such task: the connector as a whole is shown as one, with its numbers, while it has none. */
  stands_in: z.literal(true).optional(),
});
export type TaskStatus = z.infer<typeof taskStatus>;

const groupShare = z.object({
  /** Client id of this worker. */
  member: z.string(),
  /** The members that are online, this one included, and how many queues fall to each. */
  members: z.array(z.object({ member: z.string(), queues: z.number().int() })),
  /** How many of this worker's queues another client has not given up yet. */
  awaited: z.number().int(),
  /** Why queues may stay unread; null: all is well. */
  trouble: z.string().nullable(),
});
export type GroupShareStatus = z.infer<typeof groupShare>;

/** What the worker says about one connector, for people and for the other commands. */
export const statusFile = z.object({
  version: z.literal(1),
  connector: z.string(),
  kind: z.enum(['source', 'sink', 'mirror']),
  job: z.string(),
  wanted: z.enum(wantedStates).default('running'),
  state: z.enum(actualStates),
  tasks: z.array(taskStatus),
  /** Records since the worker started, tasks that are gone included. */
  records: z.number(),
  ...counts,
  /** Records a second. */
  rate: rates,
  last_record_at: z.string().nullable(),
  /** Messages delivered to it and not acknowledged yet; null where messages are not acknowledged one by one. */
  unacknowledged: z.number().nullable().default(null),
  /** Messages that came to it again since the worker started; null like `unacknowledged`. */
  redelivered: z.number().nullable().default(null),
  /** How a sink shares its group's queues; null where members share by the message, and while it is not known. */
  group: groupShare.nullable().default(null),
  /** Of a mirror. */
  route: routeStatus.nullable().default(null),
  /** The worker's process. */
  pid: z.number().int(),
  updated_at: z.string(),
});
export type ConnectorStatus = z.infer<typeof statusFile>;
