import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Consumer } from '../../../src/rocketmq/cluster.js';
import { until } from '../../rig/until.js';
import { clusterAt, once, proxyFor } from './connected.js';

describe('reading to the end', () => {
  /** Reads and commits all there is until the end is known. */
  async function readToEnd(consumer: Consumer): Promise<{ end: number; ms: number }> {
    const [queue] = await consumer.queues();
    assert.ok(queue !== undefined);
    const reader = consumer.reader(queue, 0, { maxBytes: 1_000_000 });
    const since = performance.now();
    const ended = consumer.end(queue);
    const over = new AbortController();
    const stop = (): void => {
      over.abort();
    };
    ended.then(stop, stop);
    while (!over.signal.aborted) {
      const fetched = await reader.read(over.signal).catch(() => null);
      if (fetched !== null) await consumer.commit(queue, fetched.nextOffset);
    }
    return { end: await ended, ms: performance.now() - since };
  }

  test('is two empty polls at a time, once all is acknowledged, and nothing is asked for after them', async (t) => {
    const sent = Array.from({ length: 80 }, (_, n) => ({ id: String(n), body: Buffer.from(String(n)) }));
    let empty = 0;
    const some = once(sent.slice(0, 32), sent.slice(32, 64), sent.slice(64));
    const proxy = await proxyFor(t, {
      waitMs: 300,
      receive: () => {
        const messages = some();
        if (messages.length === 0) empty += 1;
        return messages;
      },
    });
    const consumer = await clusterAt(t, proxy.endpoint).consumer('g', ['orders']);
    const { end, ms } = await readToEnd(consumer);
    assert.equal(end, 80);
    assert.ok(ms < 5_000, `${String(ms)} ms`);
    assert.ok(empty >= 2);
    assert.deepEqual(consumer.deliveries(), { unacknowledged: 0, pending: false, redelivered: 0 });
  });

  test('is not before what a member before left behind can come again', async (t) => {
    const proxy = await proxyFor(t, { waitMs: 20 });
    const consumer = await clusterAt(t, proxy.endpoint).consumer('g', ['orders'], { leftBehind: true });
    const [queue] = await consumer.queues();
    assert.ok(queue !== undefined);
    consumer.reader(queue, 0, { maxBytes: 1_000_000 });
    let known = false;
    const ended = consumer.end(queue).then(
      () => (known = true),
      () => undefined,
    );
    await until('many empty polls', () => (proxy.seen.polls > 40 ? true : undefined));
    assert.equal(known, false);
    await consumer.close();
    await ended;
  });
});
