import type { Lag } from '../sdk/index.js';

/** A lag as it was found; null in it is unknown. */
export interface LagFound {
  readonly lag: Lag;
  /** Why it is not known; null where it is, or where an error says it. */
  readonly reason: string | null;
}

export const unknownLag: Lag = { records: null, bytes: null, seconds: null };
