/** The gRPC way on a scripted proxy: each sharp edge of rocketmq-client-nodejs that is worked around. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import type { Consumer, OutMessage, StoredMessage } from '../../../src/rocketmq/cluster.js';
import { RocketmqError, type RocketmqErrorCode } from '../../../src/rocketmq/errors.js';
import { until } from '../../rig/until.js';
import { clusterAt, once, proxyFor } from './connected.js';
import { Code, MessageType, Permission, type ScriptedMessage } from './scripted-proxy.js';

const out = (text: string): OutMessage => ({ body: Buffer.from(text) });
const hasCode =
  (code: RocketmqErrorCode) =>
  (error: unknown): boolean =>
    error instanceof RocketmqError && error.code === code;

async function readSome(consumer: Consumer, count: number): Promise<readonly StoredMessage[]> {
  const [queue] = await consumer.queues();
  assert.ok(queue !== undefined);
  const reader = consumer.reader(queue, 0, { maxBytes: 16_000_000 });
  const messages: StoredMessage[] = [];
  while (messages.length < count) messages.push(...(await reader.read()).messages);
  return messages;
}

describe('sending', () => {
  test('many messages travel in one request, in order, as bytes', async (t) => {
    const proxy = await proxyFor(t, {});
    const producer = clusterAt(t, proxy.endpoint).producer('p');
    const [lane] = await producer.queues('orders');
    assert.ok(lane !== undefined);
    const { offset } = await producer.send(lane, [
      out('aGVsbG8='),
      out('b'),
      { ...out('c'), key: 'k', tag: 't' },
    ]);
    assert.equal(offset, null);
    assert.equal(producer.knows(lane), true);
    // Remembered from when the job went over the wire protocol: the partition gets a lane of this way.
    assert.equal(producer.knows({ ...lane, broker: 'broker-a' }), false);
    const [request] = proxy.seen.sends;
    assert.equal(proxy.seen.sends.length, 1);
    const bodies = request
      ?.getMessagesList()
      .map((message) => Buffer.from(message.getBody_asU8()).toString());
    // A body that is text would have been decoded as base64.
    assert.deepEqual(bodies, ['aGVsbG8=', 'b', 'c']);
    const last = request?.getMessagesList()[2]?.getSystemProperties();
    assert.deepEqual([last?.getKeysList(), last?.getTag()], [['k'], 't']);
  });

  test('a server that refuses many messages gets single ones, from then on', async (t) => {
    const proxy = await proxyFor(t, {
      send: (request) => (request.getMessagesList().length > 1 ? Code.BAD_REQUEST : Code.OK),
    });
    const producer = clusterAt(t, proxy.endpoint).producer('p');
    const [lane] = await producer.queues('orders');
    assert.ok(lane !== undefined);
    await producer.send(lane, [out('a'), out('b')]);
    await producer.send(lane, [out('c'), out('d')]);
    const sizes = proxy.seen.sends.map((request) => request.getMessagesList().length);
    assert.deepEqual(sizes, [2, 1, 1, 1, 1]);
  });

  test('in a FIFO topic messages travel one by one, in order within their group', async (t) => {
    const proxy = await proxyFor(t, { types: [MessageType.FIFO] });
    const producer = clusterAt(t, proxy.endpoint).producer('p');
    const [first, second] = await producer.queues('orders');
    assert.ok(first !== undefined && second !== undefined);
    const long = 'ü'.repeat(50);
    const keyed = (body: string, orderingKey?: string): OutMessage => ({ ...out(body), orderingKey });
    await producer.send(first, [
      keyed('1', 'a'),
      keyed('2', 'b'),
      keyed('3', 'a'),
      keyed('4'),
      keyed('5', ''),
    ]);
    await producer.send(second, [keyed('6', 'a'), keyed('7'), keyed('8', long), keyed('9', long)]);
    const groups = new Map<string, string>();
    for (const sent of proxy.seen.sends) {
      const [message, other] = sent.getMessagesList();
      assert.ok(message !== undefined && other === undefined);
      const group = message.getSystemProperties()?.getMessageGroup() ?? '';
      groups.set(group, (groups.get(group) ?? '') + Buffer.from(message.getBody_asU8()).toString());
    }
    assert.deepEqual([...groups.values()].sort(), ['136', '2', '45', '7', '89']);
    assert.equal(groups.get('a'), '136');
    assert.ok([...groups.keys()].every((group) => /^[\x21-\x7e]{1,64}$/.test(group)));
  });

  test('refusals and missing topics have their own codes', async (t) => {
    const answers = [
      Code.UNAUTHORIZED,
      Code.TOO_MANY_REQUESTS,
      Code.INTERNAL_SERVER_ERROR,
      Code.ILLEGAL_TOPIC,
    ];
    const proxy = await proxyFor(t, { send: () => answers.shift() ?? Code.OK });
    const producer = clusterAt(t, proxy.endpoint).producer('p');
    const [lane] = await producer.queues('orders');
    assert.ok(lane !== undefined);
    await assert.rejects(producer.send(lane, [out('a')]), hasCode('denied'));
    await assert.rejects(producer.send(lane, [out('a')]), hasCode('busy'));
    await assert.rejects(producer.send(lane, [out('a')]), { code: 'broker_error', retryable: true });
    await assert.rejects(producer.send(lane, [out('a')]), { code: 'invalid', retryable: false });
    await assert.rejects(producer.queues('nobodys'), (error) => {
      assert.ok(hasCode('topic_not_found')(error));
      assert.match(String(error), /mqadmin updateTopic .* -t nobodys/);
      return true;
    });
  });

  test('what is stored, though a replica is away or slow to confirm it, is not sent again', async (t) => {
    const answers = [Code.MASTER_PERSISTENCE_TIMEOUT, Code.SLAVE_PERSISTENCE_TIMEOUT, Code.HA_NOT_AVAILABLE];
    const proxy = await proxyFor(t, { send: () => answers.shift() ?? Code.OK });
    const producer = clusterAt(t, proxy.endpoint).producer('p');
    const [lane] = await producer.queues('orders');
    assert.ok(lane !== undefined);
    for (let sends = 0; sends < 3; sends++) await producer.send(lane, [out('a'), out('b')]);
    assert.deepEqual([proxy.seen.sends.length, answers.length], [3, 0]);
  });

  test('a topic that cannot be written to just now is not the fault of the messages', async (t) => {
    const proxy = await proxyFor(t, { permission: Permission.READ });
    const producer = clusterAt(t, proxy.endpoint).producer('p');
    const [lane] = await producer.queues('orders');
    assert.ok(lane !== undefined);
    await assert.rejects(producer.send(lane, [out('a')]), { code: 'unreachable', retryable: true });
  });

  test('a topic of delayed messages is not the fault of the messages', async (t) => {
    const proxy = await proxyFor(t, { types: [MessageType.DELAY] });
    const producer = clusterAt(t, proxy.endpoint).producer('p');
    await assert.rejects(producer.queues('orders'), hasCode('unsupported'));
  });

  test('what is over a proxy’s limits is refused before it is sent', async (t) => {
    const proxy = await proxyFor(t, {});
    const producer = clusterAt(t, proxy.endpoint).producer('p');
    const [lane] = await producer.queues('orders');
    assert.ok(lane !== undefined);
    const large = { body: Buffer.alloc(4 * 1024 * 1024 + 1) };
    await assert.rejects(producer.send(lane, [large]), hasCode('too_large'));
    await assert.rejects(producer.send(lane, [{ ...out('a'), tag: 'a|b' }]), hasCode('invalid'));
    const properties = { name: 'x'.repeat(17_000) };
    await assert.rejects(producer.send(lane, [{ ...out('a'), properties }]), hasCode('too_large'));
    assert.equal(proxy.seen.sends.length, 0);
  });
});

describe('receiving', () => {
  test('bodies that Java producers compressed are inflated, and none is lost', async (t) => {
    const text = 'x'.repeat(5_000);
    const proxy = await proxyFor(t, {
      receive: once([
        { id: '1', body: deflateSync(text), encoding: 'gzip' },
        { id: '2', body: gzipSync(text), encoding: 'gzip' },
        { id: '3', body: Buffer.from('plain') },
      ]),
    });
    const consumer = await clusterAt(t, proxy.endpoint).consumer('g', ['orders']);
    const messages = await readSome(consumer, 3);
    assert.deepEqual(
      messages.map(({ body, offset }) => [body.toString(), offset]),
      [
        [text, 0],
        [text, 1],
        ['plain', 2],
      ],
    );
  });

  test('a message of 4 MiB comes through', async (t) => {
    const body = Buffer.alloc(4 * 1024 * 1024, 7);
    const proxy = await proxyFor(t, { receive: once([{ id: 'large', body }]) });
    const consumer = await clusterAt(t, proxy.endpoint).consumer('g', ['orders']);
    const [message] = await readSome(consumer, 1);
    assert.ok(message?.body.equals(body));
  });

  test('an empty body goes out and comes back empty', async (t) => {
    const sent: ScriptedMessage[] = [];
    const proxy = await proxyFor(t, {
      send: (request) => {
        const [message] = request.getMessagesList();
        const properties = Object.fromEntries(message?.getUserPropertiesMap().entries() ?? []);
        sent.push({ id: 'e', body: Buffer.from(message?.getBody_asU8() ?? []), properties });
        return Code.OK;
      },
      receive: () => sent.splice(0),
    });
    const cluster = clusterAt(t, proxy.endpoint);
    const producer = cluster.producer('p');
    const [lane] = await producer.queues('orders');
    assert.ok(lane !== undefined);
    await producer.send(lane, [{ body: Buffer.alloc(0), properties: { 'connect.null': 'true' } }]);
    assert.equal(sent[0]?.body.length, 1);
    const [message] = await readSome(await cluster.consumer('g', ['orders']), 1);
    assert.equal(message?.body.length, 0);
    assert.deepEqual(message.properties, { 'connect.null': 'true' });
  });

  test('a commit acknowledges all below it in one request, and looks at each entry', async (t) => {
    const refusals = new Set(['receipt-2']);
    const proxy = await proxyFor(t, {
      receive: once(['1', '2', '3', '4'].map((id) => ({ id, body: Buffer.from(id) }))),
      acknowledge: (receipt) => (refusals.has(receipt) ? Code.INTERNAL_SERVER_ERROR : Code.OK),
    });
    const consumer = await clusterAt(t, proxy.endpoint).consumer('g', ['orders']);
    const [queue] = await consumer.queues();
    assert.ok(queue !== undefined);
    await readSome(consumer, 4);
    await assert.rejects(consumer.commit(queue, 3), { code: 'broker_error', retryable: true });
    assert.equal(await consumer.committed(queue), 0);
    refusals.clear();
    await consumer.commit(queue, 3);
    assert.equal(await consumer.committed(queue), 3);
    const entries = proxy.seen.acknowledged.map((request) =>
      request.getEntriesList().map((entry) => entry.getReceiptHandle()),
    );
    assert.deepEqual(entries, [['receipt-1', 'receipt-2', 'receipt-3'], ['receipt-2']]);
    assert.deepEqual(consumer.deliveries(), { unacknowledged: 1, pending: true, redelivered: 0 });
  });

  test('messages whose time is over are let go, as they come again', async (t) => {
    const proxy = await proxyFor(t, {
      receive: once(['1', '2'].map((id) => ({ id, body: Buffer.from(id) }))),
      acknowledge: () => Code.INVALID_RECEIPT_HANDLE,
    });
    const consumer = await clusterAt(t, proxy.endpoint).consumer('g', ['orders']);
    const [queue] = await consumer.queues();
    assert.ok(queue !== undefined);
    await readSome(consumer, 2);
    await consumer.commit(queue, 2);
    assert.equal(consumer.deliveries()?.unacknowledged, 0);
  });

  test('receipts that are not valid any more are let go: those messages come again', async (t) => {
    const proxy = await proxyFor(t, {
      receive: once(['1', '2'].map((id) => ({ id, body: Buffer.from(id) }))),
      acknowledge: () => Code.INVALID_RECEIPT_HANDLE,
    });
    const consumer = await clusterAt(t, proxy.endpoint).consumer('g', ['orders']);
    const [queue] = await consumer.queues();
    assert.ok(queue !== undefined);
    await readSome(consumer, 2);
    await consumer.commit(queue, 2);
    assert.equal(await consumer.committed(queue), 2);
  });

  test('a reader that is opened again gets what was not acknowledged; a redelivery only a new receipt', async (t) => {
    const again = { id: '2', body: Buffer.from('2'), attempt: 2, receipt: 'newer' };
    const proxy = await proxyFor(t, {
      receive: once(
        ['1', '2'].map((id) => ({ id, body: Buffer.from(id) })),
        [again, { id: '3', body: Buffer.from('3') }],
      ),
    });
    const consumer = await clusterAt(t, proxy.endpoint).consumer('g', ['orders']);
    const [queue] = await consumer.queues();
    assert.ok(queue !== undefined);
    assert.deepEqual(
      (await readSome(consumer, 3)).map(({ id }) => id),
      ['1', '2', '3'],
    );
    await consumer.commit(queue, 1);
    const reader = consumer.reader(queue, await consumer.committed(queue).then(Number), {
      maxBytes: 1_000_000,
    });
    const { messages, nextOffset } = await reader.read();
    assert.deepEqual(
      messages.map(({ id, offset }) => [id, offset]),
      [
        ['2', 1],
        ['3', 2],
      ],
    );
    assert.equal(nextOffset, 3);
    assert.equal(consumer.deliveries()?.redelivered, 1);
    await consumer.commit(queue, 3);
    const last = proxy.seen.acknowledged
      .at(-1)
      ?.getEntriesList()
      .map((entry) => entry.getReceiptHandle());
    assert.deepEqual(last, ['newer', 'receipt-3']);
  });
});

test('what is held for long is hidden for longer, and acknowledged with its new receipt', async (t) => {
  const proxy = await proxyFor(t, { receive: once([{ id: '1', body: Buffer.from('1') }]) });
  const consumer = await clusterAt(t, proxy.endpoint).consumer('g', ['orders']);
  const [queue] = await consumer.queues();
  assert.ok(queue !== undefined);
  await readSome(consumer, 1);
  await until('the message to be hidden for longer', () => (proxy.seen.hidden.length > 0 ? true : undefined));
  assert.deepEqual(proxy.seen.hidden, ['receipt-1']);
  await consumer.commit(queue, 1);
  const [request] = proxy.seen.acknowledged;
  assert.deepEqual(
    request?.getEntriesList().map((entry) => entry.getReceiptHandle()),
    ["receipt-1'"],
  );
});

describe('starting and ending', () => {
  test('a consumer of five topics starts, every time', async (t) => {
    const topics = ['a', 'b', 'c', 'd', 'e'];
    const proxy = await proxyFor(t, { topics: new Set(topics) });
    const cluster = clusterAt(t, proxy.endpoint);
    for (let round = 0; round < 10; round++) {
      const consumer = await cluster.consumer(`g${String(round)}`, topics);
      assert.equal((await consumer.queues()).length, 5);
      await consumer.close();
    }
  });

  test('a group that is not there is told at once, with the command that makes it', async (t) => {
    const proxy = await proxyFor(t, { groups: new Set(['there']) });
    const cluster = clusterAt(t, proxy.endpoint);
    const since = performance.now();
    await assert.rejects(cluster.consumer('absent', ['orders']), (error) => {
      assert.ok(hasCode('group_not_found')(error));
      assert.match(String(error), /mqadmin updateSubGroup .* -g absent/);
      return true;
    });
    assert.ok(performance.now() - since < 9_500);
    await (await cluster.consumer('there', ['orders'])).close();
  });

  test('the next of several proxies takes over, IPv6 among them', async (t) => {
    const proxy = await proxyFor(t, {}, '[::1]');
    const cluster = clusterAt(t, '127.0.0.1:1', proxy.endpoint);
    await assert.rejects(cluster.check(), hasCode('unreachable'));
    await cluster.check();
    assert.equal(await cluster.admin.topicExists('orders'), true);
    assert.equal(await cluster.admin.topicExists('others'), false);
  });

  test('several calls that one proxy fails at a time lead to the next one, and not past it', async (t) => {
    const proxy = await proxyFor(t, {});
    const cluster = clusterAt(t, '127.0.0.1:1', proxy.endpoint);
    await Promise.allSettled(['a', 'b'].map((topic) => cluster.admin.topicExists(topic)));
    await cluster.check();
  });

  test('a consumer that was being opened when its cluster was closed is closed too', async (t) => {
    const proxy = await proxyFor(t, {});
    const cluster = clusterAt(t, proxy.endpoint);
    const opening = cluster.consumer('g', ['orders']);
    await cluster.close();
    await assert.rejects(opening, hasCode('closed'));
  });

  test('nobody there is unreachable, and can be tried again', async (t) => {
    const cluster = clusterAt(t, '127.0.0.1:1');
    await assert.rejects(cluster.check(), { code: 'unreachable', retryable: true });
  });

  test('closing ends in time with the proxy gone', async (t) => {
    const proxy = await proxyFor(t, {});
    const cluster = clusterAt(t, proxy.endpoint);
    const consumer = await cluster.consumer('g', ['orders']);
    const [queue] = await consumer.queues();
    assert.ok(queue !== undefined);
    const reader = consumer.reader(queue, 0, { maxBytes: 1_000 });
    const reading = assert.rejects(reader.read(), hasCode('closed'));
    await proxy.stop();
    const since = performance.now();
    await cluster.close();
    await reading;
    assert.ok(performance.now() - since < 5_000);
  });

  test('what a proxy does not tell is unsupported, and says where it would come from', async (t) => {
    const { admin } = clusterAt(t, '127.0.0.1:1');
    await assert.rejects(admin.groupOffsets('g', ['orders']), (error) => {
      assert.ok(hasCode('unsupported')(error));
      assert.match(String(error), /nameserver: beside endpoints:/);
      return true;
    });
  });
});
