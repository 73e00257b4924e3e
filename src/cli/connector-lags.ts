import type { ClusterDefinition } from '../job/definition.js';
import type { QueueBacklog } from '../mirror/backlog.js';
import type { Cluster } from '../rocketmq/cluster.js';
import { queueName } from '../rocketmq/queue-name.js';
import type { DataDir } from '../store/index.js';
import type { By } from './by.js';
import { withAccess, type ClusterAccess } from './cluster-access.js';
import { CommandError } from './exit-code.js';
import {
  beyondLimits,
  connectorLag,
  lagReport,
  missedBy,
  readLag,
  reasonUnknown,
  unknownLag,
  type ConnectorLag,
  type ConnectorLagNumbers,
  type LagLimits,
  type LagReport,
} from './lag.js';
import { bytesText, countText, rateText, secondsText, timeText } from './number-text.js';
import { readRouteBacklog, routeLag, routeLagUnread, type RouteLag } from './mirrors/mirror-lag.js';
import { partsTable, routeLine, routeTroubles } from './mirrors/route-numbers-text.js';
import type { Output } from './output.js';
import { liveRates } from './rates.js';
import { rememberedConnectors, type Remembered } from './remembered.js';
import { restore } from './restored.js';
import { shareText } from './share-text.js';
import { lagOf } from './sink-progress.js';
import { survey, type Unanswered } from './survey.js';
import { table } from './table.js';

export interface LagAnswer {
  readonly report: LagReport;
  readonly unanswered: readonly Unanswered[];
}

/** `by`: of mirrors each topic or queue as well. */
export async function queryLag(
  dataDir: DataDir,
  names: readonly string[],
  now: number,
  by?: By,
): Promise<LagAnswer> {
  return withAccess(dataDir, (access) => queryLagOver(access, dataDir, names, now, by));
}

/** The same over connections that are there already. */
export async function queryLagOver(
  access: Pick<ClusterAccess, 'open'>,
  dataDir: DataDir,
  names: readonly string[],
  now: number,
  by?: By,
): Promise<LagAnswer> {
  const { connectors, unreadable } = await rememberedConnectors(dataDir, names);
  const { answers, unanswered } = await survey(
    connectors,
    async (remembered) => {
      const { status, live } = remembered;
      const subject = { ...(await restore(remembered)), status, live };
      const { definition } = subject;
      const open = (cluster: ClusterDefinition): Promise<Cluster> => access.open(cluster);
      try {
        if (definition.kind !== 'mirror') {
          return connectorLag(subject, await readLag(subject, dataDir, open, now));
        }
        const backlog = await readRouteBacklog(definition, dataDir, open, now);
        return {
          ...connectorLag(subject, lagOf(backlog), unknownOfBacklog(backlog)),
          ...routeLag({ definition, status, live }, backlog, by, now),
        };
      } catch (error) {
        const reason = reasonUnknown(error);
        if (reason === null) throw error;
        return connectorLag(subject, unknownLag, reason);
      }
    },
    unknownOf,
  );
  return { report: lagReport(answers), unanswered: [...unreadable, ...unanswered] };
}

function unknownOf({ name, definition, status, live }: Remembered): ConnectorLagNumbers {
  return {
    connector: name,
    kind: definition.kind,
    lag: unknownLag,
    rate: liveRates(status, live),
    last_record_at: status?.last_record_at ?? null,
    missed: missedBy(status),
    reason: null,
    group: status?.group ?? null,
    ...(definition.kind === 'mirror' && routeLagUnread({ status, live })),
  };
}

export function connectorsBeyond(report: LagReport, limits: LagLimits): CommandError | null {
  const beyond = beyondLimits(report, limits);
  if (beyond.length === 0) return null;
  return new CommandError('check', 'lag_beyond_limit', beyond.join('\n'), { details: { result: report } });
}

/** `by`: what parts were asked for. */
export function lagText(report: LagReport, out: Output, by?: By): string {
  if (report.connectors.length === 0)
    return out.style.dim('no connector has run with this data directory yet');
  const rows = report.connectors.map(({ connector, kind, lag: behind, rate, last_record_at }) => [
    connector,
    kind,
    countText(behind.records),
    kind === 'source' ? bytesText(behind.bytes) : '-',
    secondsText(behind.seconds),
    rate.now === null ? '-' : rateText(rate.now),
    last_record_at === null ? '-' : timeText(last_record_at),
  ]);
  rows.push([out.style.bold('total'), '', countText(report.total.records), '', '', '', '']);
  const shown = table(
    [
      { title: 'connector' },
      { title: 'kind' },
      { title: 'records behind', align: 'right' },
      { title: 'bytes', align: 'right' },
      { title: 'time', align: 'right' },
      { title: 'rate', align: 'right' },
      { title: 'last record' },
    ],
    rows,
    out.style,
  );
  const reasons = report.connectors.flatMap(({ connector, reason }) =>
    reason === null ? [] : [out.style.dim(`${connector}: ${reason}`)],
  );
  const missed = report.connectors.flatMap(({ connector, missed: count }) =>
    count === null || count === 0
      ? []
      : [
          out.style.yellow(
            `${connector}: missed ${countText(count)} messages that were gone before it read them`,
          ),
        ],
  );
  const shares = report.connectors.flatMap(({ connector, group }) => {
    const text = shareText(group);
    return text === null ? [] : [out.style.dim(`${connector}: ${text}`)];
  });
  return [
    shown,
    ...missed,
    ...reasons,
    ...shares,
    ...(by === undefined ? [] : withoutParts(report, by).map((line) => out.style.dim(line))),
    ...report.connectors.flatMap((one) => routeText(one, out)),
  ].join('\n');
}

/** Of sources and sinks, which have no parts here, it says where theirs are. */
function withoutParts({ connectors }: LagReport, by: By): readonly string[] {
  const others = connectors.filter((one) => !isRoute(one)).map(({ connector }) => connector);
  if (others.length === 0) return [];
  return [
    `--by ${by} shows parts of mirrors and, with --group, of groups, not of ${others.join(', ')}: offsets show has their partitions and queues`,
  ];
}

/** Of a mirror: what its route has done lately, what is wrong, and its parts. */
function routeText(connector: ConnectorLagNumbers, { style }: Output): readonly string[] {
  if (!isRoute(connector)) return [];
  const { connector: name, parts } = connector;
  return [
    style.dim(`${name}: ${routeLine(connector)}`),
    ...routeTroubles(connector).map((trouble) => style.yellow(`${name}: ${trouble}`)),
    ...(parts === undefined || parts.length === 0 ? [] : ['', style.bold(name), partsTable(parts, style)]),
  ];
}

const isRoute = (connector: ConnectorLagNumbers): connector is ConnectorLag & RouteLag =>
  connector.kind === 'mirror';

/** The first reason why the backlog of a queue is unknown. */
function unknownOfBacklog(backlog: readonly QueueBacklog[]): string | null {
  const unknown = backlog.find(({ reason }) => reason !== null);
  if (unknown === undefined) return null;
  return `${queueName(unknown.source)}: ${unknown.reason ?? ''}`;
}
