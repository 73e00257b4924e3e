import { Connectors, type Known } from '../../control/connectors.js';
import type { Surroundings } from '../../control/entries.js';
import type { JobDefinition } from '../../job/definition.js';
import { allInTurn } from '../../worker/in-turn.js';
import type { Worker } from '../../worker/worker.js';
import type { ClusterAccess } from '../cluster-access.js';
import { withEnvFiles } from '../restored.js';
import type { Parts } from './assembled.js';
import { JobWatch } from './job-watch.js';
import type { LagWatch } from './lag-watch.js';
import { refuseTakenNames } from './memory.js';
import type { RunSettings } from './run-settings.js';
import { openServers, type ServiceSettings } from './servers.js';

/** How a running worker is changed: through its servers, and by job files that are followed. */
export interface Steering {
  readonly connectors: Connectors;
  /** Starts to listen and to follow. */
  readonly open: (lags: LagWatch) => Promise<{ close(): Promise<void> }>;
}

export async function steeringOf(
  { jobs, dataDir, clusters, events }: Parts,
  { worker, known }: { readonly worker: Worker; readonly known: readonly Known[] },
  { access, around }: { readonly access: ClusterAccess; readonly around: Surroundings },
  { face, envFiles }: RunSettings,
  service: ServiceSettings,
): Promise<Steering> {
  const say = (text: string): void => {
    face.say(text);
  };
  const fault = (text: string): void => {
    face.log.error(text);
  };
  const connectors = new Connectors({
    ...around,
    worker,
    dataDir,
    withEnvFiles: (raw) => withEnvFiles(raw, envFiles),
    open: (definition, cluster) => clusters.openFor(definition, cluster),
    failed: fault,
  });
  for (const one of known) await connectors.knows(one);
  const following = followed(service, { connectors, jobs, dataDir, say, warn: fault });
  const open = async (lags: LagWatch): Promise<{ close(): Promise<void> }> => {
    const address = clusters.places;
    const served = { dataDir, access, worker, connectors, around, events, lags, address, say, fault };
    const servers = await openServers(service, { ...served, clusters: () => clusters.all });
    const close = (): Promise<void> =>
      allInTurn(
        () => following?.close(),
        () => servers.close(),
      );
    try {
      await following?.start();
    } catch (error) {
      await close();
      throw error;
    }
    return { close };
  };
  return { connectors, open };
}

/** Null where the files are read once. */
function followed(
  { watch }: ServiceSettings,
  at: {
    readonly connectors: Connectors;
    readonly jobs: readonly JobDefinition[];
    readonly say: (text: string) => void;
    readonly warn: (text: string) => void;
  } & Pick<Parts, 'dataDir'>,
): JobWatch | null {
  if (watch === null) return null;
  return new JobWatch({ ...watch, ...at, refuse: (changed) => refuseTakenNames(changed, at.dataDir) });
}
