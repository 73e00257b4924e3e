import type { ClusterDefinition, ConnectorDefinition, JobDefinition } from '../../job/definition.js';
import { homeOf, homesOf } from '../../job/mirror.js';
import type { Cluster } from '../../rocketmq/cluster.js';
import type { ClusterAccess } from '../cluster-access.js';
import { addressOf, connectTo, type ConnectOptions } from './connect.js';

interface Open {
  readonly definition: ClusterDefinition;
  readonly cluster: Cluster;
}

/** The clusters that the connectors of jobs use, each open once. */
export class OpenClusters {
  readonly #open: ReadonlyMap<string, Open>;

  private constructor(open: ReadonlyMap<string, Open>) {
    this.#open = open;
  }

  /** Throws like `connectTo`. */
  static async connect(
    jobs: readonly JobDefinition[],
    access: ClusterAccess,
    options: ConnectOptions,
  ): Promise<OpenClusters> {
    const wanted = jobs.flatMap(({ connectors, cluster }) =>
      connectors.flatMap((connector) => homesOf(connector, cluster)),
    );
    const different = new Map(wanted.map((definition) => [keyOf(definition), definition]));
    const open = await Promise.all(
      [...different].map(
        async ([key, definition]) =>
          [key, { definition, cluster: await connectTo(access, definition, options) }] as const,
      ),
    );
    return new OpenClusters(new Map(open));
  }

  /** For messages. */
  get places(): string {
    return [...this.#open.values()]
      .map(({ definition, cluster: { address } }) =>
        definition.kind === 'embedded' ? `${addressOf(definition)} (${address})` : address,
      )
      .join(', ');
  }

  of(definition: ClusterDefinition): Cluster {
    const open = this.#open.get(keyOf(definition));
    if (open === undefined) throw new Error(`${addressOf(definition)} was not connected to`);
    return open.cluster;
  }

  homeOf(connector: ConnectorDefinition, job: JobDefinition): Cluster {
    return this.of(homeOf(connector, job.cluster));
  }
}

const keyOf = (definition: ClusterDefinition): string => JSON.stringify(definition);
