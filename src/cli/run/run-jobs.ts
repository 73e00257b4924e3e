import { DataDir } from '../../store/index.js';
import type { JobDefinition } from '../../job/definition.js';
import { homeOf } from '../../job/mirror.js';
import { runMirror } from '../../mirror/run.js';
import { Worker } from '../../worker/worker.js';
import { ClusterAccess } from '../cluster-access.js';
import { aborted } from '../stop-signals.js';
import type { RunFace } from './face.js';
import { keepHeapSmall } from './heap.js';
import { LagWatch } from './lag-watch.js';
import { OpenClusters } from './open-clusters.js';
import { refuseTakenNames, remember } from './memory.js';
import { stopWorker, type Ending } from './shutdown.js';
import type { Restored } from '../restored.js';

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
  const { face, stop, once, wait } = settings;
  const clusters = await face.phase('connecting', (say) =>
    OpenClusters.connect(jobs, access, { wait, say, stop }),
  );
  face.say(`connected to ${clusters.places}`);
  const worker = await face.phase('starting', async () => {
    await remember(jobs, settings.envFiles, dataDir);
    stop.throwIfAborted();
    const connectors = jobs.flatMap((job) =>
      job.connectors.map((definition) => ({ definition, cluster: clusters.homeOf(definition, job) })),
    );
    return new Worker({
      connectors,
      dataDir,
      once,
      log: face.log,
      mirror: (definition, context, sourcesEnded) =>
        runMirror(definition, context, clusters.of(definition.from.cluster), sourcesEnded),
      onEvent: (event) => {
        face.event(event);
      },
    });
  });
  return watched(worker, jobs, dataDir, access, settings);
}

/** Shows the worker until it is done or stopped. */
async function watched(
  worker: Worker,
  jobs: readonly JobDefinition[],
  dataDir: DataDir,
  access: ClusterAccess,
  { face, stop, stay, shutdownTimeoutMs }: RunSettings,
): Promise<Ending> {
  const connectors: readonly Restored[] = jobs.flatMap(({ connectors: list, cluster }) =>
    list.map((definition) => ({ definition, cluster: homeOf(definition, cluster) })),
  );
  const lags = new LagWatch(
    connectors,
    dataDir,
    (cluster) => access.open(cluster),
    () => worker.status(),
  );
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
    await lags.close();
    face.close();
  }
}
