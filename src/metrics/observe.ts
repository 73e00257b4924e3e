import type { Cluster } from '../rocketmq/cluster.js';
import type { Lag } from '../sdk/index.js';
import type { Worker } from '../worker/worker.js';
import { aboutOf } from './about.js';
import type { Observed, ObservedConnector } from './observed.js';

export interface Scene {
  readonly version: string;
  readonly startedAt: Date;
  readonly worker: Pick<Worker, 'monitors' | 'find'>;
  readonly lagOf: (connector: string) => Lag;
  /** Those that are open now. */
  readonly clusters: () => Iterable<Cluster>;
}

/** Looks at a worker: what its monitors say at this moment. */
export function observe({ version, startedAt, worker, lagOf, clusters }: Scene): Observed {
  return {
    version,
    startedAt: startedAt.toISOString(),
    connectors: worker.monitors.flatMap((monitor): readonly ObservedConnector[] => {
      const definition = worker.find(monitor.name)?.definition;
      if (definition === undefined) return [];
      const { flows, name } = monitor;
      return [{ about: aboutOf(definition), status: monitor.status(), flows, lag: lagOf(name) }];
    }),
    clients: [...clusters()].flatMap(({ address, counts }) =>
      counts === undefined ? [] : [{ cluster: address, counts }],
    ),
  };
}
