import { setTimeout as sleep } from 'node:timers/promises';

/** Null where it takes longer; whichever loses the race is not waited for. Rejects when `stop` aborts first. */
export async function within<T>(asked: Promise<T>, ms: number, stop?: AbortSignal): Promise<T | null> {
  const timer = new AbortController();
  const signal = stop === undefined ? timer.signal : AbortSignal.any([timer.signal, stop]);
  const late = sleep(ms, null, { signal });
  late.catch(() => undefined);
  asked.catch(() => undefined);
  try {
    return await Promise.race([asked, late]);
  } finally {
    timer.abort();
  }
}
