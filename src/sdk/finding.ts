import type { ConnectorContext } from './context.js';
import type { Delivery } from './offsets.js';

/** What was found where a system was looked at before anything runs. */
export interface Finding {
  /** `problem`: the connector cannot do its work like this. `warning`: it can, but somebody should know. */
  readonly level: 'ok' | 'warning' | 'problem';
  /** What is so: `user app may not read table orders`. */
  readonly what: string;
  /** What to do about it: the statement or the command, where there is one. */
  readonly hint?: string;
}

/**
 * Findings, each as soon as it is known. Ends by throwing a `ConnectorError` where it can get no further: that
 * is told as a problem, or as a system that cannot be reached.
 */
export type Findings = AsyncIterable<Finding>;

export interface InspectContext extends Pick<ConnectorContext, 'connector' | 'baseDir'> {
  /** How long a connection or an answer may take. Somebody waits for it. */
  readonly timeoutMs: number;
  /** Aborts when nobody waits any more: connections are to be dropped, whatever is under way. */
  readonly signal: AbortSignal;
}

export interface SinkInspectContext extends InspectContext {
  readonly topics: readonly string[];
  readonly delivery: Delivery;
}

export const fine = (what: string): Finding => ({ level: 'ok', what });

export const warning = (what: string, hint?: string): Finding => ({
  level: 'warning',
  what,
  ...(hint === undefined ? {} : { hint }),
});

export const problem = (what: string, hint?: string): Finding => ({
  level: 'problem',
  what,
  ...(hint === undefined ? {} : { hint }),
});
