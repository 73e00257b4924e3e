import type { RouteStatus } from '../../store/index.js';
import { roundedRates } from '../rates.js';

/** What a route has copied, as a whole. */
export type RouteSummary = Omit<RouteStatus, 'topics' | 'queues'>;

export function routeSummary(route: RouteStatus): RouteSummary {
  const { records, bytes, rate, latency_ms, last_sync, missed, clock_skew, no_heartbeats } = route;
  return {
    records,
    bytes,
    rate: roundedRates(rate),
    latency_ms: tenths(latency_ms),
    last_sync,
    missed,
    clock_skew: tenths(clock_skew),
    no_heartbeats,
  };
}

/** A tenth of a millisecond is more than clocks tell. */
export function tenths<Numbers extends Readonly<Record<string, number>>>(
  numbers: Numbers | null,
): Numbers | null {
  if (numbers === null) return null;
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, Math.round(value * 10) / 10]),
  ) as Numbers;
}
