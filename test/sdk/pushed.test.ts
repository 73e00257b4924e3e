import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  Arrivals,
  headersWithKey,
  keyAndHeaders,
  maskedUrl,
  pushOrDrop,
  Unsettled,
  type Log,
} from '../../src/sdk/index.js';

const never = new AbortController().signal;
const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

it('hands out what arrives in order, no more than asked for', async () => {
  const arrivals = new Arrivals<number>();
  const first = arrivals.take(2, never);
  for (const n of [1, 2, 3]) arrivals.push(n);
  assert.deepEqual(await first, [1, 2]);
  assert.deepEqual(await arrivals.take(2, never), [3]);
});

it('says so when nothing has come for long enough', async () => {
  assert.equal(await new Arrivals().take(1, never, 5), null);
});

it('ends a wait with the reason of the abort, and with the failure once all is taken', async () => {
  const arrivals = new Arrivals<number>();
  const stop = new AbortController();
  const waiting = arrivals.take(1, stop.signal);
  stop.abort();
  await assert.rejects(waiting, (error) => error === stop.signal.reason);
  arrivals.push(1);
  arrivals.fail(new Error('gone'));
  assert.deepEqual(await arrivals.take(9, never), [1]);
  await assert.rejects(arrivals.take(9, never), /gone/);
});

it('numbers what is handed out, and gives each back once', () => {
  const unsettled = new Unsettled<string>();
  assert.deepEqual(
    ['a', 'b', 'c'].map((item) => unsettled.add(item)),
    [{ delivered: 1 }, { delivered: 2 }, { delivered: 3 }],
  );
  assert.deepEqual(unsettled.upTo({ delivered: 2 }), ['a', 'b']);
  assert.deepEqual(unsettled.upTo({ delivered: 2 }), []);
  assert.deepEqual(unsettled.add('d'), { delivered: 4 });
  assert.deepEqual(unsettled.upTo({ delivered: 3 }), ['c']);
  assert.deepEqual(unsettled.rest(), ['d']);
  assert.equal(unsettled.size, 0);
});

it('shows addresses without their passwords', () => {
  assert.equal(maskedUrl('redis://me:secret@host:6379/0?x=secret'), 'redis://me:***@host:6379/0');
  assert.equal(maskedUrl('nats://host:4222'), 'nats://host:4222');
  assert.equal(maskedUrl('nats://TOKEN@host:4222'), 'nats://***@host:4222');
  assert.equal(maskedUrl('redis://:secret@host'), 'redis://:***@host');
  assert.equal(maskedUrl('http://me:s@cr t@host/'), 'http://me:***@host');
  assert.equal(maskedUrl('https://me:secret@Host/in/{key}?x={y}'), 'https://me:***@Host/in/{key}');
  assert.equal(maskedUrl('amqp://me:se cret@ho st/'), 'amqp://***@ho st/');
  assert.equal(maskedUrl('amqp://me:se/cret@host/'), 'amqp://***@host/');
});

it('drops what nobody can hold back once too much waits, and says so', () => {
  const arrivals = new Arrivals<number>();
  const said: string[] = [];
  const log = { ...quiet, warn: (message: string) => said.push(message) };
  const push = pushOrDrop(arrivals, log, 'channels');
  for (let n = 0; n < 50_010; n += 1) push(n);
  assert.equal(arrivals.size, 50_000);
  assert.equal(arrivals.rest().at(-1), 49_999);
  assert.deepEqual(said, ['messages of channels are dropped: they come faster than RocketMQ takes them']);
  push(7);
  assert.deepEqual(arrivals.rest(), [7]);
});

it('carries a key among the headers', () => {
  const { key, headers } = keyAndHeaders(Object.entries(headersWithKey({ key: 'k', headers: { a: '1' } })), {
    'nats.subject': 's',
  });
  assert.deepEqual([key, headers], ['k', { 'nats.subject': 's', a: '1' }]);
  assert.deepEqual(keyAndHeaders([], {}), { headers: {} });
});
