import type { Command } from 'commander';
import { DataDir } from '../../store/index.js';
import { ClusterAccess } from '../cluster-access.js';
import { CommandError, tell } from '../exit-code.js';
import {
  beyondLimits,
  connectorLag,
  lagReport,
  missedBy,
  readLag,
  reasonUnknown,
  roundedRate,
  unknownLag,
  type ConnectorLag,
  type LagReport,
} from '../lag.js';
import { leaf, perform } from '../leaf.js';
import { LiveRegion } from '../live-region.js';
import { bytesText, countText, rateText, secondsText, timeText } from '../number-text.js';
import { durationOption, wholeNumberOption } from '../option-values.js';
import type { Output } from '../output.js';
import { rememberedConnectors, type Remembered } from '../remembered.js';
import { restore } from '../restored.js';
import { shareText } from '../share-text.js';
import { survey, incomplete, type Unanswered } from '../survey.js';
import { table } from '../table.js';
import { everyUntilStopped } from '../watch.js';

interface LagOptions {
  /** True where no interval is given. */
  readonly watch?: number | true;
  readonly max?: number;
  readonly maxAge?: number;
}

const defaultWatchMs = 2_000;

export function lag(): Command {
  const command = leaf(
    'lag',
    'Show how far connectors are behind, running or not.\nWith --max or --max-age the exit code is 4 where one is further behind, or its lag is unknown.',
    ['lag', 'lag archive --max 1000 --max-age 30s', 'lag --watch 5s'],
  )
    .argument('[connectors...]', 'only these')
    .option('--watch [interval]', 'show it again and again (default interval: 2s)', durationOption)
    .option('--max <records>', 'check that no connector is more records behind', wholeNumberOption)
    .option('--max-age <duration>', 'check that no connector is longer behind', durationOption);
  return perform<LagOptions>(command, async ({ options, out, dataDir }, names: string[]) => {
    if (options.watch === undefined) await showOnce(new DataDir(dataDir), names, options, out);
    else await watch(new DataDir(dataDir), names, options, out);
  });
}

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
    rate: live ? roundedRate(status?.rate ?? null) : null,
    last_record_at: status?.last_record_at ?? null,
    missed: missedBy(status),
    reason: null,
    group: status?.group ?? null,
  };
}

async function showOnce(
  dataDir: DataDir,
  names: readonly string[],
  options: LagOptions,
  out: Output,
): Promise<void> {
  const answer = await queryLag(dataDir, names, Date.now());
  const failure = failureOf(answer, options);
  if (!out.json) out.data(lagText(answer.report, out));
  else if (failure === null) out.result(answer.report);
  if (failure !== null) throw failure;
}

/** Goes on over brokers that do not answer, and ends with the first check that does not hold. */
async function watch(
  dataDir: DataDir,
  names: readonly string[],
  options: LagOptions,
  out: Output,
): Promise<void> {
  const intervalMs = typeof options.watch === 'number' ? options.watch : defaultWatchMs;
  const region = out.dataOnTerminal && !out.json ? new LiveRegion(out, 'data') : null;
  try {
    await everyUntilStopped(intervalMs, out.closed, async () => {
      const answer = await queryLag(dataDir, names, Date.now());
      const failed = incomplete(answer.unanswered, answer.report);
      const beyond = checkFailure(answer.report, options);
      if (region !== null) region.show(lagText(answer.report, out).split('\n'));
      else if (!out.json) out.data(lagText(answer.report, out));
      else if (failed === null && beyond === null) out.result(answer.report);
      if (beyond !== null) throw beyond;
      if (failed !== null) out.failure(tell(failed));
    });
  } finally {
    region?.close();
  }
}

function failureOf({ report, unanswered }: LagAnswer, options: LagOptions): CommandError | null {
  return incomplete(unanswered, report) ?? checkFailure(report, options);
}

function checkFailure(report: LagReport, { max, maxAge }: LagOptions): CommandError | null {
  const beyond = beyondLimits(report, {
    maxRecords: max,
    maxSeconds: maxAge === undefined ? undefined : maxAge / 1000,
  });
  if (beyond.length === 0) return null;
  return new CommandError('check', 'lag_beyond_limit', beyond.join('\n'), { details: { result: report } });
}

function lagText(report: LagReport, out: Output): string {
  if (report.connectors.length === 0)
    return out.style.dim('no connector has run with this data directory yet');
  const rows = report.connectors.map(({ connector, kind, lag: behind, rate, last_record_at }) => [
    connector,
    kind,
    countText(behind.records),
    kind === 'source' ? bytesText(behind.bytes) : '-',
    secondsText(behind.seconds),
    rate === null ? '-' : rateText(rate),
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
