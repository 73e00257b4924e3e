import type { ClientCounts } from '../rocketmq/client-counts.js';
import type { Lag } from '../sdk/index.js';
import type { ConnectorStatus } from '../store/index.js';
import type { TaskFlow } from '../worker/flow/task-flow.js';

/** What a connector is made of. */
export interface About {
  /** `rocketmq` for a mirror. */
  readonly plugin: string;
  /** The topics it writes (source) or reads (sink, mirror; there they may be patterns). */
  readonly topics: readonly string[];
  /** Of a mirror: the names of its clusters. */
  readonly between: { readonly from: string; readonly to: string } | null;
}

/** A connector as it is now. */
export interface ObservedConnector {
  readonly about: About;
  readonly status: ConnectorStatus;
  /** Of each task that ever ran, by its number. */
  readonly flows: ReadonlyMap<number, TaskFlow>;
  readonly lag: Lag;
}

/** A client of a cluster, as it is now. */
export interface ObservedClient {
  /** As the user gave it. */
  readonly cluster: string;
  readonly counts: ClientCounts;
}

/** The worker at one moment: metrics are made of what its monitors say, and keep no numbers of their own. */
export interface Observed {
  readonly version: string;
  /** When the worker started, ISO 8601. */
  readonly startedAt: string;
  readonly connectors: readonly ObservedConnector[];
  readonly clients: readonly ObservedClient[];
}
