import type { Arrivals } from './arrivals.js';
import type { Log } from './context.js';

/** More than this is not kept of what nobody can hold back. */
const mostKept = 50_000;
const sayEveryMs = 10_000;

/** For what comes however much of it waits: what cannot be kept is dropped, and said now and then. */
export function pushOrDrop<T>(arrivals: Arrivals<T>, log: Log, what: string): (item: T) => void {
  let dropped = 0;
  let sayAt = 0;
  return (item) => {
    if (arrivals.size < mostKept) {
      arrivals.push(item);
      return;
    }
    dropped += 1;
    if (performance.now() < sayAt) return;
    sayAt = performance.now() + sayEveryMs;
    log.warn(`messages of ${what} are dropped: they come faster than RocketMQ takes them`, { dropped });
  };
}
