import { setTimeout as sleep } from 'node:timers/promises';
import { withStopSignals } from './stop-signals.js';

/** Does it now and every `intervalMs`, until a signal to stop comes or `closed` aborts. */
export async function everyUntilStopped(
  intervalMs: number,
  closed: AbortSignal,
  look: () => Promise<void>,
): Promise<void> {
  await withStopSignals(async (signalled) => {
    const stopped = AbortSignal.any([signalled, closed]);
    while (!stopped.aborted) {
      await look();
      // Rejects only when it is time to stop, which the loop sees.
      await sleep(intervalMs, undefined, { signal: stopped }).catch(() => undefined);
    }
  });
}
