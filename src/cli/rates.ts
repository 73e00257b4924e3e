import { unknownRates, type ConnectorStatus, type Rates } from '../store/index.js';

/** Those of a worker that is gone are unknown. */
export function liveRates(status: ConnectorStatus | null, live: boolean): Rates {
  return live && status !== null ? roundedRates(status.rate) : unknownRates;
}

/** A tenth of a record is more than a rate can tell. */
export function roundedRates({ now, m1, m10 }: Rates): Rates {
  const rounded = (rate: number | null): number | null => (rate === null ? null : Math.round(rate * 10) / 10);
  return { now: rounded(now), m1: rounded(m1), m10: rounded(m10) };
}
