/** A table `orders` whose changes are captured while its worker is killed again and again. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { applied, countsOf, type CdcJob, type Counts, type Event } from './cdc-job.js';
import { startLoad, type OpenLoadTarget } from './change-load.js';

export interface KilledCapture {
  readonly target: OpenLoadTarget;
  readonly sql: (statement: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  readonly openJob: () => Promise<CdcJob>;
}

const rows = 5_000;

/**
 * The table has rows 0 to 4,999 already. Resolves with all events and what was changed, once the events make the same
 * table.
 */
export async function captureThroughKills(
  t: TestContext,
  { target, sql, openJob }: KilledCapture,
): Promise<{ readonly events: readonly Event[]; readonly changes: Counts }> {
  t.after(() => target.close());
  const load = startLoad(target, { perSecond: 300, firstId: rows });
  const job = await openJob();
  let worker = job.start();
  await job.arrived(rows, 60_000);
  for (let kill = 0; kill < 3; kill += 1) {
    await job.arrived((await job.count()) + 300);
    await worker.kill();
    worker = job.start();
  }
  await load.stop();
  await sql(`INSERT INTO orders VALUES (-1, 'the last', NULL, NULL)`);
  const events = await job.through('-1');
  const there = await sql('SELECT id, name, amount, note FROM orders ORDER BY id');
  assert.deepEqual(
    [...applied(events)].sort(([a], [b]) => Number(a) - Number(b)).map(([, row]) => row),
    there.map((row) => ({ ...row, id: Number(row.id) })),
  );
  t.diagnostic(`events ${JSON.stringify(countsOf(events))}, changes ${JSON.stringify(load.counts)}`);
  return { events, changes: load.counts };
}
