import { DataDir } from '../../store/index.js';
import type { JobDefinition } from '../../job/definition.js';
import { homeOf } from '../../job/homes.js';
import { runMirror } from '../../mirror/run.js';
import { EventHub } from '../../api/event-hub.js';
import { Connectors, type Known } from '../../control/connectors.js';
import { aborted } from '../../worker/aborted.js';
import { allInTurn } from '../../worker/in-turn.js';
import { Worker, type WorkerOptions } from '../../worker/worker.js';
import { ClusterAccess } from '../cluster-access.js';
import type { RunFace } from './face.js';
import { keepHeapSmall } from './heap.js';
import { JobWatch } from './job-watch.js';
import { LagWatch } from './lag-watch.js';
import { OpenClusters } from './open-clusters.js';
import { refuseTakenNames, remember } from './memory.js';
import { stopWorker, type Ending } from './shutdown.js';
import { withEnvFiles } from '../restored.js';
import { besideOf, knownOf, openServers, recall, surroundingsOf, type ServiceSettings } from './service.js';

/** A broker under load may take its time. */
const requestTimeoutMs = 10_000;

export interface RunSettings {
  readonly dataDir: string;
  readonly envFiles: readonly string[];
  readonly once: boolean;
  readonly wait: boolean;
  /** Whether to wait for `stop` when nothing is left that runs, because connectors have failed. */
  readonly stay: boolean;
  readonly shutdownTimeoutMs: number;
  readonly face: RunFace;
  /** Whether what the official gRPC client says is told too. */
  readonly clientLog: boolean;
  /** Null: nobody speaks to it while it runs. */
  readonly service: ServiceSettings | null;
  /** Asks to stop. Aborting before anything was started throws its reason. */
  readonly stop: AbortSignal;
}

/** Runs jobs on a data directory, which nobody else may use meanwhile for the same. */
export async function runJobs(jobs: readonly JobDefinition[], settings: RunSettings): Promise<Ending> {
  keepHeapSmall();
  const dataDir = new DataDir(settings.dataDir);
  const lock = await dataDir.lock();
  try {
    await refuseTakenNames(jobs, dataDir);
    const { face, clientLog } = settings;
    const access = new ClusterAccess(dataDir, {
      announce: true,
      brokerLog: face.log,
      ...(clientLog && {
        clientLog: (line) => {
          face.debug(`rocketmq-client-nodejs: ${line}`);
        },
      }),
      requestTimeoutMs,
    });
    try {
      return await runConnectors(jobs, dataDir, access, settings);
    } finally {
      await access.close();
    }
  } finally {
    await lock.release();
  }
}

async function runConnectors(
  jobs: readonly JobDefinition[],
  dataDir: DataDir,
  access: ClusterAccess,
  settings: RunSettings,
): Promise<Ending> {
  const { face, stop, once, wait, envFiles, service, shutdownTimeoutMs } = settings;
  const around = service === null ? null : await surroundingsOf(jobs, service.set, envFiles);
  const clusters = await face.phase('connecting', (say) =>
    OpenClusters.connect(jobs, around === null ? [] : [around.cluster], access, { wait, say, stop }),
  );
  face.say(`connected to ${clusters.places}`);
  const events = new EventHub();
  const known = jobs.flatMap(knownOf);
  const { worker, restored } = await face.phase('starting', async () => {
    await remember(jobs, envFiles, dataDir);
    stop.throwIfAborted();
    // Where nobody can change anything, what was changed has no bearing.
    const isSpokenTo = service !== null && (service.api !== null || service.rocketmqApi !== null);
    const warn = (message: string): void => {
      face.log.warn(message);
    };
    const recalled = isSpokenTo && around !== null ? await recall(dataDir, around.cluster, warn) : [];
    const all = [...known, ...(await besideOf(known, recalled))];
    const connectors = await Promise.all(
      all.map(async ({ definition, cluster, unfit }) => ({
        definition,
        unfit: unfit ?? null,
        cluster: await clusters.openFor(definition, cluster),
        wanted: !isSpokenTo ? 'running' : await dataDir.connector(definition.name).lastWanted(),
      })),
    );
    const options: WorkerOptions = {
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
    };
    return { worker: new Worker(options), restored: all };
  });
  if (service === null || around === null) {
    return watched(
      worker,
      () => restored,
      dataDir,
      access,
      settings,
      () => Promise.resolve(null),
    );
  }
  const connectors = new Connectors({
    ...around,
    worker,
    dataDir,
    withEnvFiles: (raw) => withEnvFiles(raw, envFiles),
    open: (definition, cluster) => clusters.openFor(definition, cluster),
    failed: (message) => {
      face.log.error(message);
    },
  });
  for (const one of restored) await connectors.knows(one);
  const { watch } = service;
  const say = (text: string): void => {
    face.say(text);
  };
  const warn = (text: string): void => {
    face.log.error(text);
  };
  const refuse = (changed: readonly JobDefinition[]): Promise<void> => refuseTakenNames(changed, dataDir);
  const following = watch === null ? null : new JobWatch({ ...watch, connectors, jobs, refuse, say, warn });
  const open = async (lags: LagWatch): Promise<{ close(): Promise<void> }> => {
    const served = {
      dataDir,
      access,
      worker,
      connectors,
      around,
      events,
      lags,
      address: clusters.places,
      clusters: () => clusters.all,
    };
    const servers = await openServers(service, { ...served, say, fault: warn });
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
  return watched(worker, () => connectors.all, dataDir, access, settings, open);
}

/** Shows the worker until it is done or stopped. `open`: what listens meanwhile. */
async function watched(
  worker: Worker,
  known: () => readonly Pick<Known, 'definition' | 'cluster' | 'unfit'>[],
  dataDir: DataDir,
  access: ClusterAccess,
  { face, stop, stay, shutdownTimeoutMs }: RunSettings,
  open: (lags: LagWatch) => Promise<{ close(): Promise<void> } | null>,
): Promise<Ending> {
  const lags = new LagWatch(
    () =>
      known()
        .filter(({ unfit }) => unfit === undefined)
        .map(({ definition, cluster }) => ({ definition, cluster: homeOf(definition, cluster) })),
    dataDir,
    (cluster) => access.open(cluster),
    (connector) => worker.find(connector)?.monitor.status() ?? null,
  );
  const servers = await open(lags);
  const noMore = new AbortController();
  worker.start();
  lags.start();
  face.watch(() => worker.status().map((status) => ({ status, lag: lags.lagOf(status.connector) })));
  try {
    const stopping = aborted(AbortSignal.any([stop, noMore.signal]));
    const done = await Promise.race([worker.done, stopping]);
    if (done !== undefined) {
      if (!stay || done.failures.length === 0 || stop.aborted) return { inTime: true, result: done };
      face.say('nothing is left that runs; waiting to be stopped (--exit-on never)');
      await stopping;
      return { inTime: true, result: done };
    }
    face.stopping('stopping: what is in flight is finished and committed; a second Ctrl-C ends at once');
    return await stopWorker(worker, shutdownTimeoutMs);
  } finally {
    noMore.abort();
    await allInTurn(
      () => servers?.close(),
      () => lags.close(),
      () => {
        face.close();
      },
    );
  }
}
