import type { Admin } from '../../rocketmq/cluster.js';
import type { Lag } from '../../sdk/index.js';
import { CommandError } from '../exit-code.js';
import { beyond, type LagLimits } from '../lag.js';
import { countText, secondsText } from '../number-text.js';
import type { Output } from '../output.js';
import { sumKnown } from '../sink-progress.js';
import type { By } from '../by.js';
import { table } from '../table.js';
import { byTopic, groupLag, type GroupLag, type GroupQueueLag, type GroupTopicLag } from './group-lag.js';
import { readGroup } from './group-progress.js';

export interface GroupLagReport {
  readonly groups: readonly (Omit<GroupLag, 'queues'> & {
    /** Its lag by topic or by queue; only where that was asked for. */
    readonly parts?: readonly (GroupTopicLag | GroupQueueLag)[];
  })[];
  /** null where any part is. */
  readonly total: { readonly records: number | null };
}

/** Throws `CommandError` for a group that is not there. */
export async function queryGroupLags(
  admin: Admin,
  groups: readonly string[],
  by: By | undefined,
  now: number,
): Promise<GroupLagReport> {
  const lags = await Promise.all(
    groups.map(async (group) =>
      groupLag(await readGroup(admin, group), (queue, offset) => admin.storedAt(queue, offset), now),
    ),
  );
  return {
    groups: lags.map(({ queues, ...lag }) => {
      if (by === undefined) return lag;
      return { ...lag, parts: by === 'queue' ? queues : byTopic(queues) };
    }),
    total: { records: sumKnown(lags.map(({ lag }) => lag.records)) },
  };
}

export function groupsBeyond(report: GroupLagReport, limits: LagLimits): CommandError | null {
  const sentences = report.groups.flatMap(({ group, lag }) => beyond(`group ${group}`, lag, limits));
  if (sentences.length === 0) return null;
  return new CommandError('check', 'lag_beyond_limit', sentences.join('\n'), { details: { result: report } });
}

export function groupLagText({ groups, total }: GroupLagReport, out: Output): string {
  const rows = groups.map(({ group, delivery, members, ready, retry, in_flight: inFlight, lag }) => [
    group,
    delivery ?? 'unknown',
    countText(members),
    countText(ready),
    countText(retry),
    countText(inFlight),
    countText(lag.records),
    ageText(lag),
  ]);
  if (groups.length > 1) {
    rows.push([out.style.bold('total'), '', '', '', '', '', countText(total.records), '']);
  }
  const shown = table(
    [
      { title: 'group' },
      { title: 'delivery' },
      { title: 'members', align: 'right' },
      { title: 'ready', align: 'right' },
      { title: 'retry', align: 'right' },
      { title: 'in flight', align: 'right' },
      { title: 'lag', align: 'right' },
      { title: 'time', align: 'right' },
    ],
    rows,
    out.style,
  );
  const parts = groups.flatMap(({ group, parts: its }) =>
    its === undefined || its.length === 0 ? [] : ['', out.style.bold(group), partsText(its, out)],
  );
  const notes = groups.flatMap(({ group, notes: its }) =>
    its.map((note) => out.style.dim(`${group}: ${note}`)),
  );
  return [shown, ...parts, ...notes].join('\n');
}

function partsText(parts: readonly (GroupTopicLag | GroupQueueLag)[], out: Output): string {
  const byQueue = parts.some((part) => 'queue' in part);
  const rows = parts.map((part) => [
    part.topic,
    ...('queue' in part ? [part.broker, String(part.queue)] : []),
    countText(part.in_flight),
    countText(part.records),
    ageText(part),
  ]);
  return table(
    [
      { title: 'topic' },
      ...(byQueue ? [{ title: 'broker' }, { title: 'queue', align: 'right' } as const] : []),
      { title: 'in flight', align: 'right' },
      { title: 'lag', align: 'right' },
      { title: 'time', align: 'right' },
    ],
    rows,
    out.style,
  );
}

const ageText = ({ seconds }: Pick<Lag, 'seconds'>): string => secondsText(seconds);
