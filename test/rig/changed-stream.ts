import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { numbered, sourceToFile, type Side } from './through-rocketmq.js';

/**
 * A stream of a hundred records is sent by a worker that is killed before it wrote any position, and changes before the
 * next one comes: all that is put in then is sent, once.
 */
export async function assertSentAfterChange(
  t: TestContext,
  side: Side,
  add: (values: readonly string[]) => Promise<void>,
  change: () => Promise<unknown>,
): Promise<void> {
  await add(numbered(0, 100));
  const job = await sourceToFile(t, side);
  await job.runOnce();
  await job.seemKilledEarly();
  await change();
  const anew = numbered(1_000, 1_200);
  await add(anew);
  await job.runOnce();
  const lines = await job.lines();
  assert.deepEqual(lines.slice(-200), anew);
  await job.runOnce();
  assert.deepEqual(await job.lines(), lines, 'and does not come again');
}
