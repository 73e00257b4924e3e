import { countText, timeText } from './number-text.js';
import type { QueueProgress } from './sink-progress.js';
import type { Style } from './style.js';
import { table, type Column } from './table.js';

/** A queue of a consumer group; `in_flight` is there where it is asked for. */
type ShownQueue = QueueProgress & { readonly in_flight?: number | null };

/**
 * Where a consumer group stands in its queues: one row each. Who reads them is told where anybody does;
 * `self` is shown as `here`.
 */
export function queuesTable(queues: readonly ShownQueue[], self: string | null, style: Style): string {
  const columns: readonly (Column & { readonly cell: (queue: ShownQueue) => string })[] = [
    { title: 'topic', cell: ({ topic }) => topic },
    { title: 'broker', cell: ({ broker }) => broker },
    { title: 'queue', align: 'right', cell: ({ queue }) => String(queue) },
    {
      title: 'offset',
      align: 'right',
      cell: ({ offset }) => (offset === null ? 'none yet' : countText(offset)),
    },
    { title: 'min', align: 'right', cell: ({ min }) => countText(min) },
    { title: 'max', align: 'right', cell: ({ max }) => countText(max) },
    { title: 'lag', align: 'right', cell: ({ lag }) => countText(lag) },
    ...(queues.some(({ in_flight: pulled }) => pulled !== undefined)
      ? [
          {
            title: 'in flight',
            align: 'right' as const,
            cell: ({ in_flight: pulled }: ShownQueue) => countText(pulled ?? null),
          },
        ]
      : []),
    {
      title: 'last consumed',
      cell: ({ updated_at: at }) => (at === null ? '-' : timeText(at)),
    },
    ...(queues.some(({ member }) => member !== null)
      ? [
          {
            title: 'read by',
            cell: ({ member }: ShownQueue) => (member === null ? '-' : member === self ? 'here' : member),
          },
        ]
      : []),
  ];
  return table(
    columns,
    queues.map((queue) => columns.map(({ cell }) => cell(queue))),
    style,
  );
}
