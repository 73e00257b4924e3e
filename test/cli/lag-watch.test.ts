import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LagWatch } from '../../src/cli/run/lag-watch.js';
import { unknownLag } from '../../src/cli/lag-found.js';
import type { Lag, SourcePlugin } from '../../src/sdk/index.js';
import { until } from '../rig/until.js';
import { Bench } from '../worker/bench.js';

test('a lag that is never told is unknown, and keeps neither the others nor the end waiting', async (t) => {
  const bench = await Bench.open(t);
  const hung: ((lag: Lag) => void)[] = [];
  const known = { records: 7, bytes: null, seconds: null };
  const source = (name: string, lag: NonNullable<SourcePlugin['lag']>) => ({
    definition: bench.sourceDefinition({ name, source: { ...bench.source.plugin, lag } }),
    cluster: { kind: 'embedded' as const },
  });
  const connectors = [
    source('hangs', () => (hung.length === 0 ? new Promise((resolve) => hung.push(resolve)) : never)),
    source('tells', () => Promise.resolve(known)),
  ];
  const never = Promise.reject<Lag>(new Error('it is asked again while the first answer is awaited'));
  never.catch(() => undefined);
  const open = (): Promise<never> => Promise.reject(new Error('no broker is asked'));
  const lags = new LagWatch(
    () => connectors,
    bench.dataDir,
    open,
    () => null,
    50,
  );
  lags.start();
  await until('the lag of the other', () => (lags.lagOf('tells').records === 7 ? true : undefined));
  assert.deepEqual(lags.lagOf('hangs'), unknownLag);
  const closing = performance.now();
  await lags.close();
  assert.ok(performance.now() - closing < 5_000);
  assert.equal(hung.length, 1);
  hung[0]?.(known);
  await until('what is late counts all the same', () =>
    lags.lagOf('hangs').records === 7 ? true : undefined,
  );
});
