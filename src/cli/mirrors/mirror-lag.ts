import type { ClusterDefinition, MirrorDefinition } from '../../job/definition.js';
import { readBacklog, type QueueBacklog } from '../../mirror/backlog.js';
import type { Cluster } from '../../rocketmq/cluster.js';
import { queueName } from '../../rocketmq/queue-name.js';
import {
  unknownRates,
  type ConnectorStatus,
  type CopiedStatus,
  type DataDir,
  type Failure,
  type Rates,
  type RouteStatus,
} from '../../store/index.js';
import type { By } from '../by.js';
import type { LagFound } from '../lag-found.js';
import { roundedRates } from '../rates.js';
import { lagOf } from '../sink-progress.js';
import { tenths } from './route-summary.js';

/** What is copied, and what is not yet, over all or a part of a route. Null is unknown. */
export interface RouteNumbers {
  /** Records a second. */
  readonly rate: Rates;
  readonly latency_ms: CopiedStatus['latency_ms'];
  readonly backlog: { readonly records: number | null; readonly seconds: number | null };
  readonly last_sync: CopiedStatus['last_sync'];
  /** Since the worker started that ran last. */
  readonly copied: { readonly records: number | null; readonly bytes: number | null };
  /** Messages that were gone before they were copied, since then. */
  readonly missed: number | null;
}

export interface RoutePart extends RouteNumbers {
  readonly topic: string;
  /** Absent where it is of a topic. */
  readonly broker?: string;
  readonly queue?: number;
  /** There is work for longer than `stalled_after_ms`, and nothing was copied since. */
  readonly stalled: boolean;
  /** Why its backlog is unknown. */
  readonly reason: string | null;
}

export interface RouteLag extends RouteNumbers {
  readonly clock_skew: RouteStatus['clock_skew'];
  /** Why no heartbeats go over the route; null: they do, or no worker runs. */
  readonly no_heartbeats: string | null;
  /** What a task failed with last and is not over. */
  readonly error: Failure | null;
  /** How many queues are stalled; null where nobody can tell. */
  readonly stalled: number | null;
  readonly parts?: readonly RoutePart[];
}

/** What a route's numbers are a function of, besides the data directory and the source's cluster. */
export interface RouteSubject {
  readonly definition: MirrorDefinition;
  /** A worker that is gone has no rates; see `withoutWorker`. Null: it never came to run. */
  readonly status: ConnectorStatus | null;
  readonly live: boolean;
}

type Open = (definition: ClusterDefinition) => Promise<Cluster>;

/** What is behind, by what the positions on disk and the source's queues say. Throws what the cluster and the store throw. */
export async function readRouteBacklog(
  definition: MirrorDefinition,
  dataDir: DataDir,
  open: Open,
  now: number,
): Promise<readonly QueueBacklog[]> {
  // The positions before the ends: what is copied meanwhile is not behind, but never less than nothing.
  const stored = await dataDir.connector(definition.name).positions.read();
  const { admin } = await open(definition.from.cluster);
  return readBacklog(definition, admin, stored, now);
}

/** Of all queues together, and the first reason why that of one is unknown. */
export function backlogLag(backlog: readonly QueueBacklog[]): LagFound {
  const unknown = backlog.find(({ reason }) => reason !== null);
  const reason = unknown === undefined ? null : `${queueName(unknown.source)}: ${unknown.reason ?? ''}`;
  return { lag: lagOf(backlog), reason };
}

export function routeLag(
  subject: RouteSubject,
  backlog: readonly QueueBacklog[],
  by: By | undefined,
  now: number,
): RouteLag {
  const queues = queueParts(subject, backlog, now);
  return {
    ...overall(subject, lagOf(backlog)),
    stalled: queues.filter(({ stalled }) => stalled).length,
    ...(by !== undefined && { parts: by === 'queue' ? queues : topicParts(queues, subject) }),
  };
}

/** The same where the source does not tell what is behind. */
export function routeLagUnread(subject: Omit<RouteSubject, 'definition'>): RouteLag {
  return { ...overall(subject, { records: null, seconds: null }), stalled: null };
}

function overall(
  { status, live }: Omit<RouteSubject, 'definition'>,
  behind: Pick<QueueBacklog, 'records' | 'seconds'>,
): Omit<RouteLag, 'stalled' | 'parts'> {
  const route = status?.route ?? null;
  return {
    ...numbers(route, behind),
    clock_skew: live ? tenths(route?.clock_skew ?? null) : null,
    no_heartbeats: live ? (route?.no_heartbeats ?? null) : null,
    error: status?.tasks.map(({ error }) => error).find((error) => error !== null) ?? null,
  };
}

function queueParts(
  subject: RouteSubject,
  backlog: readonly QueueBacklog[],
  now: number,
): readonly RoutePart[] {
  const copied = new Map(subject.status?.route?.queues.map((queue) => [queueName(queue), queue]));
  return backlog.map((queue) => {
    const its = copied.get(queueName(queue.source)) ?? null;
    return {
      ...queue.source,
      ...numbers(its ?? nothingCopied(subject), queue),
      stalled: isStalled(subject, queue, its, now),
      reason: queue.reason,
    };
  });
}

function topicParts(queues: readonly RoutePart[], subject: RouteSubject): readonly RoutePart[] {
  const topics = [...new Set(queues.map(({ topic }) => topic))];
  return topics.map((topic) => {
    const its = queues.filter((queue) => queue.topic === topic);
    const copied = subject.status?.route?.topics.find((one) => one.topic === topic);
    return {
      topic,
      ...numbers(copied ?? nothingCopied(subject), lagOf(its.map(({ backlog }) => backlog))),
      stalled: its.some(({ stalled }) => stalled),
      reason: its.find(({ reason }) => reason !== null)?.reason ?? null,
    };
  });
}

/** Where a worker runs, or ran last, and has copied nothing of it; null: none ever ran. */
function nothingCopied({ status, live }: RouteSubject): CopiedStatus | null {
  if (!status?.route) return null;
  const rate = live ? { now: 0, m1: 0, m10: 0 } : unknownRates;
  return { records: 0, bytes: 0, rate, latency_ms: null, last_sync: null, missed: 0 };
}

function numbers(
  copied: CopiedStatus | null,
  { records, seconds }: { readonly records: number | null; readonly seconds: number | null },
): RouteNumbers {
  return {
    rate: roundedRates(copied?.rate ?? unknownRates),
    latency_ms: tenths(copied?.latency_ms ?? null),
    backlog: { records, seconds },
    last_sync: copied?.last_sync ?? null,
    copied: { records: copied?.records ?? null, bytes: copied?.bytes ?? null },
    missed: copied?.missed ?? null,
  };
}

function isStalled(
  { definition: { stalledAfterMs }, status, live }: RouteSubject,
  { seconds }: QueueBacklog,
  copied: CopiedStatus | null,
  now: number,
): boolean {
  if (!live || status === null || seconds === null || seconds * 1000 <= stalledAfterMs) return false;
  const since = Math.max(
    Date.parse(copied?.last_sync?.at ?? '') || 0,
    ...status.tasks.map((task) => Date.parse(task.since ?? '') || 0),
  );
  return now - since > stalledAfterMs;
}
