import { setTimeout as sleep } from 'node:timers/promises';

const patienceMs = 3000;

/** What keeps the process alive besides the tests: sockets, watchers, timers, requests. */
const running = (): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
};

/** Notes what runs now; the function it returns waits until no more runs, and names what does not end. */
export function watchForLeftovers(): () => Promise<readonly string[]> {
  const before = running();
  return async () => {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const extra = Array.from(running()).filter(([name, count]) => count > (before.get(name) ?? 0));
      if (extra.length === 0 || performance.now() > deadline) return extra.map(([name]) => name);
      await sleep(20);
    }
  };
}
