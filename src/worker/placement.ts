import type { ConnectorDefinition } from '../job/definition.js';
import type { Cluster } from '../rocketmq/cluster.js';
import type { Wanted } from '../store/index.js';

/** A connector to run, and the cluster it is at home in. */
export interface Placement {
  readonly definition: ConnectorDefinition;
  readonly cluster: Cluster;
  /** Default: running. */
  readonly wanted?: Wanted;
  /** Why it cannot run as it is: where it is wanted to run it fails with that, until it is changed. */
  readonly unfit?: Error | null;
}
