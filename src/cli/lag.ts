import type { Cluster } from '../rocketmq/cluster.js';
import { RocketmqError } from '../rocketmq/errors.js';
import type { Lag, Position } from '../sdk/index.js';
import type { ClusterDefinition, ConnectorDefinition } from '../job/definition.js';
import type { ConnectorStatus, DataDir, GroupShareStatus, Rates } from '../store/index.js';
import { absentTopics } from './absent-topics.js';
import { backlogLag, readRouteBacklog, type RouteLag } from './mirrors/mirror-lag.js';
import { unknownLag, type LagFound } from './lag-found.js';
import { liveRates } from './rates.js';
import type { Remembered } from './remembered.js';
import { beyondText, isBeyond, sinkLag, sumKnown, type StoredAt } from './sink-progress.js';

/** How far one connector is behind. null is unknown. */
export interface ConnectorLag extends LagFound {
  readonly connector: string;
  readonly kind: ConnectorStatus['kind'];
  /** Records a second; nulls unless it runs. */
  readonly rate: Rates;
  readonly last_record_at: string | null;
  /** Messages that were gone before a sink read them, since its worker started; null where none has run. */
  readonly missed: number | null;
  /** How a running sink shares its group's queues: the lag is the whole group's. Null where it is not known. */
  readonly group: GroupShareStatus | null;
}

/** That of a mirror has the numbers of its route as well. */
export type ConnectorLagNumbers = ConnectorLag & Partial<RouteLag>;

export interface LagReport {
  readonly connectors: readonly ConnectorLagNumbers[];
  /** null where any part is. */
  readonly total: { readonly records: number | null };
}

/** What lag is a function of, besides the data directory and the broker. */
export interface LagSubject {
  readonly definition: ConnectorDefinition;
  readonly cluster: ClusterDefinition;
  /** null: it never came to run. */
  readonly status: ConnectorStatus | null;
  readonly live: boolean;
}

/** Reads the connector's lag. Throws what the broker, the plugin or the store throws; see `reasonUnknown`. */
export async function readLag(
  subject: LagSubject,
  dataDir: DataDir,
  open: (definition: ClusterDefinition) => Promise<Cluster>,
  now: number,
): Promise<LagFound> {
  const { definition } = subject;
  if (definition.kind === 'source') {
    const stored = await dataDir.connector(definition.name).positions.read();
    const positions = new Map<string, Position>();
    for (const [partition, { position }] of Object.entries(stored?.partitions ?? {})) {
      if (position !== null) positions.set(partition, position);
    }
    const { baseDir, config, source } = definition;
    const told = (await source.lag?.(config, positions, { baseDir })) ?? unknownLag;
    return { lag: sourceLag(told, subject.status?.state === 'finished'), reason: null };
  }
  if (definition.kind === 'mirror') {
    return backlogLag(await readRouteBacklog(definition, dataDir, open, now));
  }
  const { admin } = await open(subject.cluster);
  const queues = await admin.groupOffsets(definition.group, definition.topics);
  const absent = await absentTopics(admin, definition.topics, queues);
  if (absent !== null) throw new RocketmqError('topic_not_found', absent);
  const storedAt: StoredAt = (queue, offset) => admin.storedAt(queue, offset);
  const lag = await sinkLag(queues, definition.from, storedAt, now);
  const beyond = queues.find(isBeyond);
  return {
    lag: withUnacknowledged(lag, subject),
    reason: beyond === undefined ? null : beyondText(beyond),
  };
}

/** Offsets of messages that are delivered one by one move with the delivery: what is not written yet is behind. */
function withUnacknowledged(lag: Lag, { status, live }: Pick<LagSubject, 'status' | 'live'>): Lag {
  const more = live ? (status?.unacknowledged ?? 0) : 0;
  return lag.records === null ? lag : { ...lag, records: lag.records + more };
}

/**
 * Why nobody can tell, where the way to RocketMQ does not serve what is asked, or the topic is not there; null
 * for other errors.
 */
export function reasonUnknown(error: unknown): string | null {
  if (!(error instanceof RocketmqError)) return null;
  return error.code === 'unsupported' || error.code === 'topic_not_found' ? error.message : null;
}

/**
 * A source that has read all there was is not behind, whatever its plugin cannot tell; but where there is
 * more by now, it is. No bytes left are no records left.
 */
export function sourceLag(told: Lag, finished: boolean): Lag {
  const known = [told.records, told.bytes, told.seconds].filter((value) => value !== null);
  const nothingLeft = told.bytes === 0 || told.records === 0;
  if (nothingLeft || (finished && known.every((value) => value === 0))) {
    return {
      records: told.records ?? 0,
      bytes: told.bytes ?? (finished ? 0 : null),
      seconds: told.seconds ?? 0,
    };
  }
  return told;
}

export function connectorLag(
  { name, definition, status, live }: Remembered,
  { lag, reason }: LagFound,
): ConnectorLag {
  return {
    connector: name,
    kind: definition.kind,
    lag,
    rate: liveRates(status, live),
    last_record_at: status?.last_record_at ?? null,
    missed: status?.tasks.reduce((sum, { missed }) => sum + missed, 0) ?? null,
    reason,
    group: status?.group ?? null,
  };
}

export function lagReport(connectors: readonly ConnectorLagNumbers[]): LagReport {
  return { connectors, total: { records: sumKnown(connectors.map(({ lag }) => lag.records)) } };
}

/** A limit that a connector's lag must not be over. */
export interface LagLimits {
  readonly maxRecords?: number | undefined;
  readonly maxSeconds?: number | undefined;
}

/** What is over the limits, one sentence each. What is not known does not hold. */
export function beyondLimits(report: LagReport, limits: LagLimits): readonly string[] {
  return report.connectors.flatMap(({ connector: name, lag }) => beyond(name, lag, limits));
}

/** The same of one connector or group, by its name. */
export function beyond(name: string, lag: Lag, { maxRecords, maxSeconds }: LagLimits): readonly string[] {
  return [
    maxRecords === undefined
      ? null
      : over(name, lag.records, maxRecords, 'records', `--max ${String(maxRecords)}`),
    maxSeconds === undefined
      ? null
      : over(name, lag.seconds, maxSeconds, 'seconds', `--max-age ${String(maxSeconds)}s`),
  ].filter((sentence) => sentence !== null);
}

function over(name: string, value: number | null, max: number, unit: string, option: string): string | null {
  if (value === null) return `the lag of ${name} in ${unit} is unknown (${option})`;
  return value > max
    ? `${name} is ${String(value)} ${value === 1 ? unit.slice(0, -1) : unit} behind (${option})`
    : null;
}
