import type { GroupSyncStatus } from '../../store/index.js';
import { countText, timeText } from '../number-text.js';
import type { Style } from '../style.js';
import { table } from '../table.js';
import type { RouteEnd, RouteOffsets } from './route-offsets.js';

/** Where a mirror stands, and its groups. */
export function routeOffsetsText({ queues, groups, from, to }: RouteOffsets, style: Style): string {
  const shown =
    queues === null
      ? 'unknown: see the error below'
      : queues.length === 0
        ? 'no position yet'
        : queuesTable({ queues, from, to }, style);
  const synced = (groups ?? []).flatMap((group) => ['', groupText(group, style)]);
  return [shown, ...synced].join('\n');
}

function queuesTable(
  { queues, from, to }: Pick<RouteOffsets, 'from' | 'to'> & { queues: NonNullable<RouteOffsets['queues']> },
  style: Style,
): string {
  const rows = queues.map(({ source, target, lag, updated_at: updated }) => [
    source.topic,
    placeOf(source),
    countText(source.offset),
    countText(source.max),
    target === null
      ? 'by key'
      : target.topic === source.topic
        ? placeOf(target)
        : `${target.topic} ${placeOf(target)}`,
    target === null ? '-' : countText(target.offset),
    target === null ? '-' : countText(target.max),
    countText(lag),
    timeText(updated),
  ]);
  return table(
    [
      { title: 'topic' },
      { title: from ?? 'source' },
      { title: 'offset', align: 'right' },
      { title: 'end', align: 'right' },
      { title: to ?? 'target' },
      { title: 'offset', align: 'right' },
      { title: 'end', align: 'right' },
      { title: 'lag', align: 'right' },
      { title: 'updated' },
    ],
    rows,
    style,
  );
}

const placeOf = ({ broker, queue }: Pick<RouteEnd, 'broker' | 'queue'>): string =>
  `${broker}/${String(queue)}`;

/** What became of a group's offsets, or would become where it is only planned, with what to know of it. */
export function groupText(
  { group, synced_at: synced, reason, notes, queues }: GroupSyncStatus,
  style: Style,
  planned = false,
): string {
  const state =
    reason === null
      ? planned
        ? 'can be synced'
        : `synced at ${timeText(synced)}`
      : `not synced: ${reason}${synced === null ? '' : ` (last synced at ${timeText(synced)})`}`;
  return [
    `${style.bold(`group ${group}`)}  ${reason === null ? state : style.yellow(state)}`,
    ...(queues.length === 0 ? [] : [syncTable(queues, style)]),
    ...notes.map((note) => style.yellow(note)),
  ].join('\n');
}

function syncTable(queues: GroupSyncStatus['queues'], style: Style): string {
  const offsetText = (offset: number | null): string => (offset === null ? 'none' : countText(offset));
  const rows = queues.map(
    ({ source, target, source_offset: here, target_offset: there, old, exact, note }) => [
      source.topic,
      placeOf(source),
      offsetText(here),
      placeOf(target),
      offsetText(old),
      offsetText(there),
      [exact ? 'exactly its next message' : '', note ?? ''].filter((text) => text !== '').join('; '),
    ],
  );
  return table(
    [
      { title: 'topic' },
      { title: 'source' },
      { title: 'offset', align: 'right' },
      { title: 'target' },
      { title: 'had', align: 'right' },
      { title: 'goes on at', align: 'right' },
      { title: '' },
    ],
    rows,
    style,
  );
}
