import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../rig/until.js';
import { clusterAt, proxyFor } from './connected.js';
import type { ScriptedMessage } from './scripted-proxy.js';

test('a poll that broke is forgotten when others work: a reader is not told of it half a minute later', async (t) => {
  const some = (from: number, count: number): ScriptedMessage[] =>
    Array.from({ length: count }, (_, n) => ({ id: String(from + n), body: Buffer.from('x') }));
  let polls = 0;
  let late: ScriptedMessage[] = [];
  const proxy = await proxyFor(t, {
    receive: () => {
      polls += 1;
      if (polls === 1) return some(0, 32);
      // After a full answer a second poll goes beside the first, and is the next to come.
      if (polls === 2) throw new Error('broken');
      return late.splice(0);
    },
  });
  const consumer = await clusterAt(t, proxy.endpoint).consumer('g', ['orders']);
  const [queue] = await consumer.queues();
  assert.ok(queue !== undefined);
  const reader = consumer.reader(queue, 0, { maxBytes: 1_000_000 });
  const { nextOffset } = await reader.read();
  await consumer.commit(queue, nextOffset);
  await until('more polls', () => (proxy.seen.polls > 6 ? true : undefined));

  const now = performance.now.bind(performance);
  t.mock.method(performance, 'now', () => now() + 31_000);
  const read = reader.read();
  late = some(32, 1);
  assert.equal((await read).messages.length, 1);
});
