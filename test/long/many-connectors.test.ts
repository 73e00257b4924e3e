import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessMeter } from '../../bench/meters/process-meter.js';
import { liveOfMany, quantile } from '../api/many.js';
import { serviceFolder, startService, type Service } from '../api/service.js';

/** Resident memory, bytes; Linux only. */
const memoryOf = (pid: number): number => new ProcessMeter(pid).look().residentBytes ?? 0;

/** Milliseconds of CPU it has used; Linux only. */
const cpuOf = (pid: number): number => 1_000 * (new ProcessMeter(pid).look().cpuSeconds ?? 0);

/** A guard against hanging only: how long an answer takes depends on what else the machine does, CPU does not. */
const mostP99Ms = 5_000;

test('a thousand connectors in one worker, over and over: each costs as much as one of few, and nothing is left behind', async (t) => {
  const service = await startService(t, await serviceFolder(t), { deadlineMs: 1_800_000 });
  await cpuOfEach(service, 200);
  const few = await cpuOfEach(service, 200);
  t.diagnostic(`CPU for each of 200: ${few.cpuMs.toFixed(1)} ms`);
  const memory: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const { times, cpuMs } = await cpuOfEach(service, 1_000);
    memory.push(memoryOf(service.pid));
    t.diagnostic(`round ${String(round)}: CPU for each of 1,000: ${cpuMs.toFixed(1)} ms`);
    for (const [what, each] of times) {
      const [p50, p99] = [quantile(each, 0.5), quantile(each, 0.99)];
      t.diagnostic(`round ${String(round)} ${what}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
      assert.ok(p99 < mostP99Ms, `${what} p99 ${String(p99)} ms`);
    }
    // Whatever the machine does beside: work that grows with the number of connectors would show here.
    assert.ok(cpuMs < 2 * few.cpuMs, `${String(cpuMs)} ms for each of 1,000, ${String(few.cpuMs)} of 200`);
  }
  t.diagnostic(
    `memory after each round: ${memory.map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(', ')} MB`,
  );
  const [first = 0, , last = 0] = memory;
  assert.ok(last < first * 1.25, `it grows: ${memory.join(', ')}`);
  assert.equal((await service.stop()).code, 0);
});

/** The whole life of so many, and what each took of the worker's CPU. */
async function cpuOfEach(
  service: Service,
  count: number,
): Promise<{ readonly times: Awaited<ReturnType<typeof liveOfMany>>; readonly cpuMs: number }> {
  const before = cpuOf(service.pid);
  const times = await liveOfMany(service, count);
  return { times, cpuMs: (cpuOf(service.pid) - before) / count };
}
