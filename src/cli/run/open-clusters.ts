import type { ClusterDefinition, ConnectorDefinition, JobDefinition } from '../../job/definition.js';
import { homeOf, homesOf } from '../../job/homes.js';
import type { Cluster } from '../../rocketmq/cluster.js';
import type { ClusterAccess } from '../cluster-access.js';
import { addressOf, connectTo, type ConnectOptions } from './connect.js';

interface Open {
  readonly definition: ClusterDefinition;
  readonly cluster: Cluster;
}

/** The clusters that the connectors of jobs use, each open once. */
export class OpenClusters {
  readonly #open: Map<string, Open>;
  readonly #access: ClusterAccess;

  private constructor(open: Map<string, Open>, access: ClusterAccess) {
    this.#open = open;
    this.#access = access;
  }

  /** `also`: beside those of the jobs. Throws like `connectTo`. */
  static async connect(
    jobs: readonly JobDefinition[],
    also: readonly ClusterDefinition[],
    access: ClusterAccess,
    options: ConnectOptions,
  ): Promise<OpenClusters> {
    const wanted = jobs.flatMap(({ connectors, cluster }) =>
      connectors.flatMap((connector) => homesOf(connector, cluster)),
    );
    const different = new Map([...wanted, ...also].map((definition) => [keyOf(definition), definition]));
    const open = await Promise.all(
      [...different].map(
        async ([key, definition]) =>
          [key, { definition, cluster: await connectTo(access, definition, options) }] as const,
      ),
    );
    return new OpenClusters(new Map(open), access);
  }

  get all(): readonly Cluster[] {
    return [...this.#open.values()].map(({ cluster }) => cluster);
  }

  /** For messages. */
  get places(): string {
    return [...this.#open.values()]
      .map(({ definition, cluster: { address } }) =>
        definition.kind === 'embedded' ? `${addressOf(definition)} (${address})` : address,
      )
      .join(', ');
  }

  /** Opens those of a connector that are not open; whether they answer is for the connector to find out. */
  async openFor(connector: ConnectorDefinition, job: ClusterDefinition): Promise<Cluster> {
    for (const definition of homesOf(connector, job)) {
      const key = keyOf(definition);
      if (!this.#open.has(key))
        this.#open.set(key, { definition, cluster: await this.#access.open(definition) });
    }
    return this.of(homeOf(connector, job));
  }

  of(definition: ClusterDefinition): Cluster {
    const open = this.#open.get(keyOf(definition));
    if (open === undefined) throw new Error(`${addressOf(definition)} was not connected to`);
    return open.cluster;
  }
}

const keyOf = (definition: ClusterDefinition): string => JSON.stringify(definition);
