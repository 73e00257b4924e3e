import type { ClusterDefinition, ConnectorDefinition, JobDefinition } from '../../job/definition.js';
import { deliveryOf } from '../../job/delivery.js';
import { homesOf } from '../../job/homes.js';
import { fine, type Findings } from '../../sdk/index.js';
import { isProcessAlive, type DataDir } from '../../store/index.js';
import type { ClusterAccess } from '../cluster-access.js';
import { addressOf } from '../run/connect.js';
import { inspectDataDirectory } from './data-directory.js';
import { inspectCluster, sameCluster } from './rocketmq.js';
import type { Subject } from './subject.js';

export interface Looking {
  readonly access: ClusterAccess;
  readonly dataDir: DataDir;
  readonly timeoutMs: number;
}

/** All that a job uses, in the order in which it is told. */
export function subjectsOf(job: JobDefinition, looking: Looking): readonly Subject[] {
  const { name, connectors, cluster } = job;
  const used = connectors.flatMap((connector) => homesOf(connector, cluster));
  const clusters = used.filter((one, index) => used.findIndex((other) => sameCluster(one, other)) === index);
  return [
    {
      job: name,
      connector: null,
      system: 'data directory',
      look: () => inspectDataDirectory(looking.dataDir.root),
    },
    ...clusters.map((its): Subject => ({
      job: name,
      connector: null,
      system: `RocketMQ: ${addressOf(its)}`,
      look: () => rocketmq(its, job, looking),
    })),
    ...connectors.map((connector): Subject => ({
      job: name,
      connector: connector.name,
      system: `${connector.kind} ${connector.plugin}`,
      look: (signal) => inspectConnector(connector, cluster, looking, signal),
    })),
  ];
}

async function* rocketmq(definition: ClusterDefinition, job: JobDefinition, looking: Looking): Findings {
  const { access, dataDir } = looking;
  if (definition.kind === 'embedded') {
    const announced = await dataDir.broker.read();
    // Starting it would make its store.
    if (announced === null || !isProcessAlive(announced.pid)) {
      yield fine('it is started with the job, and makes the topics and groups it needs');
      return;
    }
  }
  yield* inspectCluster(await access.open(definition), definition, job.connectors, job.cluster);
}

async function* inspectConnector(
  connector: ConnectorDefinition,
  cluster: ClusterDefinition,
  { timeoutMs }: Looking,
  signal: AbortSignal,
): Findings {
  const context = { connector: connector.name, baseDir: connector.baseDir, timeoutMs, signal };
  if (connector.kind === 'mirror') yield fine('its clusters are looked at above');
  else if (connector.kind === 'source') {
    yield* connector.source.inspect?.(connector.config, context) ?? [];
  } else {
    const delivery =
      deliveryOf(connector, cluster).delivery === 'exactly_once' ? 'exactly_once' : 'at_least_once';
    yield* (
      connector.sink.inspect?.(connector.config, { ...context, topics: connector.topics, delivery }) ?? []
    );
  }
}
