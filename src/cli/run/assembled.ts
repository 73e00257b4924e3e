import type { EventHub } from '../../api/event-hub.js';
import type { Known } from '../../control/connectors.js';
import type { ClusterDefinition, JobDefinition } from '../../job/definition.js';
import { runMirror } from '../../mirror/run.js';
import type { DataDir } from '../../store/index.js';
import { Worker } from '../../worker/worker.js';
import { besideOf, knownOf, recall } from './known-connectors.js';
import { remember } from './memory.js';
import type { OpenClusters } from './open-clusters.js';
import type { RunSettings } from './run-settings.js';

/** What a worker is made of. */
export interface Parts {
  readonly jobs: readonly JobDefinition[];
  readonly dataDir: DataDir;
  readonly clusters: OpenClusters;
  /** Is told what happens. */
  readonly events: EventHub;
  /** Where connectors that were made while a worker ran are at home; null: nobody speaks to this one. */
  readonly home: ClusterDefinition | null;
}

/** A worker that has not started yet, and what is known of the connectors it has. */
export async function assembled(
  { jobs, dataDir, clusters, events, home }: Parts,
  { face, stop, once, envFiles, service, shutdownTimeoutMs }: RunSettings,
): Promise<{ readonly worker: Worker; readonly known: readonly Known[] }> {
  await remember(jobs, envFiles, dataDir);
  stop.throwIfAborted();
  // Where nobody can change anything, what was changed has no bearing.
  const isSpokenTo = service !== null && (service.api !== null || service.rocketmqApi !== null);
  const warn = (message: string): void => {
    face.log.warn(message);
  };
  const fromFiles = jobs.flatMap(knownOf);
  const recalled = isSpokenTo && home !== null ? await recall(dataDir, home, warn) : [];
  const known = [...fromFiles, ...(await besideOf(fromFiles, recalled))];
  const connectors = await Promise.all(
    known.map(async ({ definition, cluster, unfit }) => ({
      definition,
      unfit: unfit ?? null,
      cluster: await clusters.openFor(definition, cluster),
      wanted: isSpokenTo ? await dataDir.connector(definition.name).lastWanted() : ('running' as const),
    })),
  );
  const worker = new Worker({
    connectors,
    dataDir,
    once,
    stays: service !== null && !once,
    drainMs: shutdownTimeoutMs,
    log: face.log,
    mirror: (definition, context, sourcesEnded) =>
      runMirror(definition, context, clusters.of(definition.from.cluster), sourcesEnded),
    onEvent: (event) => {
      events.tell(event);
      face.event(event);
    },
  });
  return { worker, known };
}
