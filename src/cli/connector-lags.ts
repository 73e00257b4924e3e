import type { DataDir } from '../store/index.js';
import type { By } from './by.js';
import { withAccess, type ClusterAccess } from './cluster-access.js';
import { CommandError } from './exit-code.js';
import {
  beyondLimits,
  connectorLag,
  lagReport,
  readLag,
  reasonUnknown,
  type ConnectorLag,
  type ConnectorLagNumbers,
  type LagLimits,
  type LagReport,
} from './lag.js';
import { unknownLag } from './lag-found.js';
import { nothingRemembered } from './nothing-remembered.js';
import { bytesText, countText, rateText, secondsText, timeText } from './number-text.js';
import {
  backlogLag,
  readRouteBacklog,
  routeLag,
  routeLagUnread,
  type RouteLag,
} from './mirrors/mirror-lag.js';
import { partsTable, routeLine, routeTroubles } from './mirrors/route-numbers-text.js';
import type { Output } from './output.js';
import { rememberedConnectors, type Remembered } from './remembered.js';
import { restore, type Restored } from './restored.js';
import { shareText } from './share-text.js';
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
    async (remembered) => lagNumbers(remembered, await restore(remembered), { access, dataDir, now, by }),
    (remembered) => unknownNumbers(remembered),
  );
  return { report: lagReport(answers), unanswered: [...unreadable, ...unanswered] };
}

/** Of one connector. Throws what keeps it from being known, but for what `reasonUnknown` has words for. */
export async function lagNumbers(
  remembered: Remembered,
  restored: Restored,
  {
    access,
    dataDir,
    now,
    by,
  }: {
    readonly access: Pick<ClusterAccess, 'open'>;
    readonly dataDir: DataDir;
    readonly now: number;
    readonly by?: By | undefined;
  },
): Promise<ConnectorLagNumbers> {
  const { status, live } = remembered;
  const { definition } = restored;
  const open: ClusterAccess['open'] = (cluster) => access.open(cluster);
  try {
    if (definition.kind !== 'mirror') {
      const subject = { ...restored, status, live };
      return connectorLag(remembered, await readLag(subject, dataDir, open, now));
    }
    const backlog = await readRouteBacklog(definition, dataDir, open, now);
    return {
      ...connectorLag(remembered, backlogLag(backlog)),
      ...routeLag({ definition, status, live }, backlog, by, now),
    };
  } catch (error) {
    const reason = reasonUnknown(error);
    if (reason === null) throw error;
    return unknownNumbers(remembered, reason);
  }
}

/** The same where nobody can tell how far it is behind. */
export function unknownNumbers(remembered: Remembered, reason: string | null = null): ConnectorLagNumbers {
  return {
    ...connectorLag(remembered, { lag: unknownLag, reason }),
    ...(remembered.definition.kind === 'mirror' && routeLagUnread(remembered)),
  };
}

/** Where a check was asked for, and there is nothing to check, it does not hold: a script has the wrong data directory. */
export function connectorsBeyond(report: LagReport, limits: LagLimits, dataDir: string): CommandError | null {
  const isChecked = limits.maxRecords !== undefined || limits.maxSeconds !== undefined;
  if (isChecked && report.connectors.length === 0) {
    return new CommandError('check', 'nothing_to_check', `${dataDir} remembers no connector to check`, {
      hint: 'is --data-dir right? a connector is known once it has run',
      details: { result: report },
    });
  }
  const beyond = beyondLimits(report, limits);
  if (beyond.length === 0) return null;
  return new CommandError('check', 'lag_beyond_limit', beyond.join('\n'), { details: { result: report } });
}

/** `by`: what parts were asked for. */
export function lagText(report: LagReport, out: Output, dataDir: string, by?: By): string {
  if (report.connectors.length === 0) return out.style.dim(nothingRemembered('connector', dataDir));
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
