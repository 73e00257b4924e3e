import type { RouteStatus } from '../../store/index.js';
import { bytesText, countText, millisecondsText, rateText, secondsText, timeText } from '../number-text.js';
import type { Style } from '../style.js';
import { table } from '../table.js';
import type { RouteLag, RouteNumbers, RoutePart } from './mirror-lag.js';

/** What a route has done lately, in one line: `latency p50 3 ms, p99 9 ms, max 20 ms; last copied 14:03:59 (born 14:03:58)`. */
export function routeLine(
  numbers: Pick<RouteNumbers, 'rate' | 'latency_ms' | 'last_sync'> &
    Pick<RouteStatus, 'clock_skew' | 'no_heartbeats'>,
): string {
  const { rate, latency_ms: latency, last_sync: last, clock_skew: skew, no_heartbeats: none } = numbers;
  return [
    ...(rate.m1 === null ? [] : [`${rateText(rate.m1)} over 1 min, ${rateText(rate.m10)} over 10 min`]),
    latency === null
      ? 'latency unknown'
      : `latency p50 ${millisecondsText(latency.p50)}, p99 ${millisecondsText(latency.p99)}, max ${millisecondsText(latency.max)}`,
    ...(last === null
      ? []
      : [`last copied at ${timeText(last.at)} a message born at ${timeText(last.born_at)}`]),
    ...(skew === null ? [] : [skewText(skew)]),
    ...(none === null ? [] : [`no heartbeats: ${none}`]),
  ].join('; ');
}

function skewText({ ms, error_ms: error }: NonNullable<RouteStatus['clock_skew']>): string {
  const ahead = ms < 0 ? 'behind' : 'ahead';
  return `the target's clock is ${millisecondsText(Math.abs(ms))} (± ${millisecondsText(error)}) ${ahead}`;
}

/** What is wrong with it, one line each. */
export function routeTroubles({ error, stalled }: RouteLag): readonly string[] {
  return [
    ...(error === null ? [] : [`${error.code}: ${error.message}`]),
    ...(stalled === null || stalled === 0
      ? []
      : [`${countText(stalled)} queue${stalled === 1 ? ' is' : 's are'} stalled (--by queue)`]),
  ];
}

export function partsTable(parts: readonly RoutePart[], style: Style): string {
  const byQueue = parts.some(({ queue }) => queue !== undefined);
  const rows = parts.map((part) => [
    part.topic,
    ...(byQueue ? [part.broker ?? '', String(part.queue ?? '')] : []),
    countText(part.copied.records),
    bytesText(part.copied.bytes),
    part.rate.now === null ? '-' : rateText(part.rate.now),
    part.latency_ms === null
      ? '-'
      : `${millisecondsText(part.latency_ms.p50)} / ${millisecondsText(part.latency_ms.p99)}`,
    countText(part.backlog.records),
    secondsText(part.backlog.seconds),
    part.last_sync === null ? '-' : timeText(part.last_sync.at),
    [
      ...(part.stalled ? [style.yellow('stalled')] : []),
      ...(part.missed === null || part.missed === 0 ? [] : [`missed ${countText(part.missed)}`]),
      ...(part.reason === null ? [] : [part.reason]),
    ].join(', '),
  ]);
  return table(
    [
      { title: 'topic' },
      ...(byQueue ? [{ title: 'broker' }, { title: 'queue', align: 'right' } as const] : []),
      { title: 'copied', align: 'right' },
      { title: 'bytes', align: 'right' },
      { title: 'rate', align: 'right' },
      { title: 'p50 / p99', align: 'right' },
      { title: 'behind', align: 'right' },
      { title: 'time', align: 'right' },
      { title: 'last copied' },
      { title: '' },
    ],
    rows,
    style,
  );
}
