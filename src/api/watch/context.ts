import type { EntryProblem } from '../../control/failure.js';
import type { Metrics } from '../../metrics/registry.js';
import type { History } from '../../metrics/history.js';
import type { Overview } from '../../metrics/overview.js';
import type { JsonObject } from '../../sdk/index.js';
import type { Taps } from '../../worker/flow/taps.js';

/** What a definition would do, or why it does not hold. */
export interface Preview {
  readonly problems: readonly EntryProblem[];
  /** In words; null where it does not hold. */
  readonly sentence: string | null;
}

/** What there is to look at in a worker. */
export interface WatchContext {
  readonly metrics: Metrics;
  readonly history: History;
  overview(): Overview;
  /** Null where there is no such connector. */
  tapsOf(connector: string): Taps | null;
  /** The JSON Schema of jobs. */
  schema(): Promise<JsonObject>;
  preview(name: string, entry: JsonObject): Promise<Preview>;
}
