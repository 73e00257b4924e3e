import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectorError } from '../../src/sdk/index.js';
import { Restarts } from '../../src/worker/restarts.js';

const policy = {
  backoff: { firstMs: 100, maxMs: 1_000 },
  maxRestarts: 8,
  maxRetryableRestarts: Infinity,
  windowMs: 3_600_000,
};
const bad = new ConnectorError('bad_data', 'no');

/** The wait without what jitter takes off: up to a fifth. */
function isAbout(wait: number | undefined, full: number): boolean {
  return wait !== undefined && wait <= full && wait >= full * 0.8;
}

test('the pauses grow to their limit, and begin anew after good progress only', () => {
  const restarts = new Restarts(policy);
  const ran = [0, 0, 0, 0, 0, 500, 1_001, 0];
  const full = [100, 200, 400, 800, 1_000, 1_000, 100, 200];
  for (const [index, ms] of ran.entries()) {
    const wait = restarts.after(bad, ms)?.waitMs;
    assert.ok(isAbout(wait, full[index] ?? 0), `failure ${String(index)}: ${String(wait)}`);
  }
  assert.equal(restarts.after(bad, 5_000), null);
});

test('what is away does not use up the restarts', () => {
  const restarts = new Restarts({ ...policy, maxRestarts: 1 });
  for (let failure = 0; failure < 50; failure += 1) {
    assert.ok(restarts.after(new ConnectorError('unreachable', 'away'), 0) !== null);
  }
  assert.ok(restarts.after(bad, 0) !== null);
  assert.equal(restarts.after(bad, 0), null);
});
