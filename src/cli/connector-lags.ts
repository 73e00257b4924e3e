import type { DataDir } from '../store/index.js';
import { ClusterAccess } from './cluster-access.js';
import { CommandError } from './exit-code.js';
import {
  beyondLimits,
  connectorLag,
  lagReport,
  liveRate,
  missedBy,
  readLag,
  reasonUnknown,
  unknownLag,
  type ConnectorLag,
  type LagLimits,
  type LagReport,
} from './lag.js';
import { bytesText, countText, rateText, secondsText, timeText } from './number-text.js';
import type { Output } from './output.js';
import { rememberedConnectors, type Remembered } from './remembered.js';
import { restore } from './restored.js';
import { shareText } from './share-text.js';
import { survey, type Unanswered } from './survey.js';
import { table } from './table.js';

export interface LagAnswer {
  readonly report: LagReport;
  readonly unanswered: readonly Unanswered[];
}

export async function queryLag(dataDir: DataDir, names: readonly string[], now: number): Promise<LagAnswer> {
  const access = new ClusterAccess(dataDir);
  try {
    const { connectors, unreadable } = await rememberedConnectors(dataDir, names);
    const { answers, unanswered } = await survey(
      connectors,
      async (remembered) => {
        const { status, live } = remembered;
        const subject = { ...(await restore(remembered)), status, live };
        try {
          return connectorLag(
            subject,
            await readLag(subject, dataDir, (cluster) => access.open(cluster), now),
          );
        } catch (error) {
          const reason = reasonUnknown(error);
          if (reason === null) throw error;
          return connectorLag(subject, unknownLag, reason);
        }
      },
      unknownOf,
    );
    return { report: lagReport(answers), unanswered: [...unreadable, ...unanswered] };
  } finally {
    await access.close();
  }
}

function unknownOf({ name, definition, status, live }: Remembered): ConnectorLag {
  return {
    connector: name,
    kind: definition.kind,
    lag: unknownLag,
    rate: liveRate(status, live),
    last_record_at: status?.last_record_at ?? null,
    missed: missedBy(status),
    reason: null,
    group: status?.group ?? null,
  };
}

export function connectorsBeyond(report: LagReport, limits: LagLimits): CommandError | null {
  const beyond = beyondLimits(report, limits);
  if (beyond.length === 0) return null;
  return new CommandError('check', 'lag_beyond_limit', beyond.join('\n'), { details: { result: report } });
}

export function lagText(report: LagReport, out: Output): string {
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
  return [shown, ...missed, ...reasons, ...shares].join('\n');
}
