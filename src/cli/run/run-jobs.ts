import { DataDir } from '../../store/index.js';
import type { JobDefinition } from '../../job/definition.js';
import { homeOf } from '../../job/homes.js';
import { EventHub } from '../../api/event-hub.js';
import type { Known } from '../../control/connectors.js';
import { aborted } from '../../worker/aborted.js';
import { allInTurn } from '../../worker/in-turn.js';
import type { Worker } from '../../worker/worker.js';
import { ClusterAccess } from '../cluster-access.js';
import { assembled, type Parts } from './assembled.js';
import { keepHeapSmall } from './heap.js';
import { surroundingsOf } from './known-connectors.js';
import { LagWatch } from './lag-watch.js';
import { OpenClusters } from './open-clusters.js';
import { refuseTakenNames } from './memory.js';
import { stopWorker, type Ending } from './shutdown.js';
import type { RunSettings } from './run-settings.js';
import { steeringOf, type Steering } from './steering.js';

/** A broker under load may take its time. */
const requestTimeoutMs = 10_000;

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
  const { face, stop, wait, envFiles, service } = settings;
  const around = service === null ? null : await surroundingsOf(jobs, service.set, envFiles);
  const home = around?.cluster ?? null;
  const clusters = await face.phase('connecting', (say) =>
    OpenClusters.connect(jobs, home === null ? [] : [home], access, { wait, say, stop }),
  );
  face.say(`connected to ${clusters.places}`);
  const parts: Parts = { jobs, dataDir, clusters, events: new EventHub(), home };
  const made = await face.phase('starting', () => assembled(parts, settings));
  if (service === null || around === null) {
    return watched(made.worker, { known: () => made.known, open: null }, dataDir, access, settings);
  }
  const steering = await steeringOf(parts, made, { access, around }, settings, service);
  const shown = { known: () => steering.connectors.all, open: steering.open };
  return watched(made.worker, shown, dataDir, access, settings);
}

/** Shows the worker until it is done or stopped. */
async function watched(
  worker: Worker,
  { known, open }: { known: () => readonly Known[]; open: Steering['open'] | null },
  dataDir: DataDir,
  access: ClusterAccess,
  { face, stop, stay, shutdownTimeoutMs }: RunSettings,
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
  const servers = await open?.(lags);
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
