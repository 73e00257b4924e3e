import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { liveOfMany, quantile } from '../api/many.js';
import { serviceFolder, startService } from '../api/service.js';

/** Resident memory, bytes; Linux only. */
const memoryOf = (pid: number): number =>
  1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 0);

test('a thousand connectors in one worker, over and over: every answer comes, and nothing is left behind', async (t) => {
  const service = await startService(t, await serviceFolder(t));
  const memory: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const times = await liveOfMany(service, 1_000);
    memory.push(memoryOf(service.pid));
    for (const [what, each] of times) {
      const [p50, p99] = [quantile(each, 0.5), quantile(each, 0.99)];
      t.diagnostic(`round ${String(round)} ${what}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
      // A guard for busy machines; the figures are those above.
      assert.ok(p99 < 5_000, `${what} p99 ${String(p99)} ms`);
    }
  }
  t.diagnostic(
    `memory after each round: ${memory.map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(', ')} MB`,
  );
  const [first = 0, , last = 0] = memory;
  assert.ok(last < first * 1.5, `it grows: ${memory.join(', ')}`);
  assert.equal((await service.stop()).code, 0);
});
