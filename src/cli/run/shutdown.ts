import type { State } from '../../store/index.js';
import type { Worker, WorkerResult } from '../../worker/worker.js';
import { secondsText } from '../number-text.js';

/** The part of the time that is left for what is dropped to be let go of. */
const lettingGo = 0.1;
const lettingGoMostMs = 1_000;

const atRest: ReadonlySet<State> = new Set(['finished', 'stopped', 'failed', 'paused']);

export type Ending =
  | { readonly inTime: true; readonly result: WorkerResult }
  /** Connectors that had not finished when the time was over. */
  | { readonly inTime: false; readonly result: WorkerResult | null; readonly unfinished: readonly string[] };

/** Stops the worker; what is in flight after `timeoutMs` is dropped. */
export async function stopWorker(worker: Worker, timeoutMs: number): Promise<Ending> {
  const dropAfterMs = timeoutMs - Math.min(lettingGoMostMs, timeoutMs * lettingGo);
  const drop = new AbortController();
  let unfinished: readonly string[] = [];
  const dropTimer = setTimeout(() => {
    unfinished = worker
      .status()
      .filter(({ state }) => !atRest.has(state))
      .map(({ connector }) => connector);
    drop.abort();
  }, dropAfterMs);
  let hardTimer: NodeJS.Timeout | undefined;
  const over = new Promise<null>((resolve) => {
    hardTimer = setTimeout(() => {
      resolve(null);
    }, timeoutMs);
  });
  try {
    const result = await Promise.race([worker.stop(drop.signal), over]);
    if (result !== null && unfinished.length === 0) return { inTime: true, result };
    return { inTime: false, result, unfinished };
  } finally {
    clearTimeout(dropTimer);
    clearTimeout(hardTimer);
  }
}

export function unfinishedText(unfinished: readonly string[], timeoutMs: number): string {
  const names = unfinished.length === 0 ? 'the worker' : unfinished.join(', ');
  return `${names} did not finish within ${secondsText(timeoutMs / 1000)} (--shutdown-timeout); what was in flight comes again at the next start`;
}
