import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectorError } from '../../src/sdk/index.js';
import { backoffMs, retrying } from '../../src/worker/retry.js';

const backoff = { firstMs: 1, maxMs: 4 };
const unavailable = (): ConnectorError => new ConnectorError('unavailable', 'busy');

test('the wait doubles up to its limit', () => {
  for (const [attempt, full] of [
    [1, 100],
    [2, 200],
    [3, 400],
    [9, 1_000],
    [2_000, 1_000],
  ] as const) {
    const wait = backoffMs({ firstMs: 100, maxMs: 1_000 }, attempt);
    assert.ok(wait <= full && wait >= full * 0.8, `${attempt}: ${wait}`);
  }
});

test('tries again while it may help', async () => {
  let tries = 0;
  const seen: unknown[] = [];
  const result = await retrying(
    () => (++tries < 4 ? Promise.reject(unavailable()) : Promise.resolve('done')),
    {
      backoff,
      giveUpAfterMs: Infinity,
      signal: new AbortController().signal,
      onRetry: (error) => seen.push(error),
    },
  );
  assert.equal(result, 'done');
  assert.equal(seen.length, 3);
});

test('an error that a retry cannot help comes through at once', async () => {
  let tries = 0;
  const attempt = (): Promise<never> => {
    tries += 1;
    return Promise.reject(new ConnectorError('denied', 'no'));
  };
  const options = {
    backoff,
    giveUpAfterMs: Infinity,
    signal: new AbortController().signal,
    onRetry: () => undefined,
  };
  await assert.rejects(retrying(attempt, options), /no/);
  assert.equal(tries, 1);
});

test('gives up with the last error when time is up', async () => {
  const options = {
    backoff,
    giveUpAfterMs: 20,
    signal: new AbortController().signal,
    onRetry: () => undefined,
  };
  await assert.rejects(
    retrying(() => Promise.reject(unavailable()), options),
    /busy/,
  );
});

test('ends with the reason of the signal', async () => {
  const stop = new AbortController();
  const reason = new Error('stopped');
  const options = {
    backoff: { firstMs: 60_000, maxMs: 60_000 },
    giveUpAfterMs: Infinity,
    signal: stop.signal,
    onRetry: () => {
      setImmediate(() => {
        stop.abort(reason);
      });
    },
  };
  await assert.rejects(
    retrying(() => Promise.reject(unavailable()), options),
    (error: unknown) => error === reason || (error instanceof Error && error.cause === reason),
  );
});
