/** Looks at a worker as Prometheus does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DataDir } from '../../src/store/index.js';
import type { MeasuredProcess } from '../measured-process.js';

const lookEveryMs = 50;

/** Asks for `/metrics` again and again until the worker ends. Rejects where it never answered. */
export async function scrape(worker: MeasuredProcess, dataDir: string, everyMs: number): Promise<void> {
  const over = new AbortController();
  const ended = worker.ended
    .catch(() => undefined)
    .then(() => {
      over.abort();
    });
  const pause = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
  const { api } = new DataDir(dataDir);
  let address = await api.read();
  while (address === null && !over.signal.aborted) {
    await pause(lookEveryMs);
    address = await api.read();
  }
  let scrapes = 0;
  while (address !== null && !over.signal.aborted) {
    if (await answers(`${address.url}/metrics`, over.signal)) scrapes += 1;
    await pause(everyMs);
  }
  await ended;
  if (scrapes === 0) throw new Error('the worker was never scraped');
}

/** That it ends while it is asked is no failure. */
async function answers(url: string, over: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: over });
    await response.text();
    return response.ok;
  } catch (error) {
    if (over.aborted || error instanceof TypeError) return false;
    throw error;
  }
}
