import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again until there is an answer: `probe` returning undefined or throwing means "not yet". Rejects
 * after `deadlineMs` with what was waited for and the last error.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  { deadlineMs = 90_000, everyMs = 50 } = {},
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    let last: unknown;
    try {
      const answer = await probe();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${String(deadlineMs)} ms in vain for: ${what}`, { cause: last });
    }
    await pause(everyMs);
  }
}
