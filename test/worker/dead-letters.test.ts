/** The shelf of dead letters: what a letter holds, and that each is kept once. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { errorPolicy } from '../../src/job/errors-spec.js';
import type { Cluster, OutMessage, Producer, StoredMessage } from '../../src/rocketmq/cluster.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { RocketmqError } from '../../src/rocketmq/errors.js';
import { ConnectorError } from '../../src/sdk/index.js';
import { letterId, readDeadLetter, toDeadLetter, type FailedRecord } from '../../src/worker/dead-letter.js';
import { DeadLetters } from '../../src/worker/dead-letters.js';
import { RecentLetters } from '../../src/worker/recent-letters.js';
import type { RetryOptions } from '../../src/worker/retry.js';
import { spanProperty, stampProperty } from '../../src/worker/stamp.js';
import { Topics } from '../../src/worker/topics.js';
import { Bench } from './bench.js';

const author = { connector: 'out', task: 3 };
const error = new ConnectorError('bad_data', 'no \u0001 good \u0002');

function failed(offset: number, original: Partial<OutMessage> = {}): FailedRecord {
  return {
    origin: { kind: 'sink', topic: 't', broker: 'b', queue: 1, offset, storedAt: 5 },
    stage: 'write',
    error,
    original: { body: Buffer.from(`body ${String(offset)}`), key: 'k', tag: 'g', ...original },
  };
}

/** As it is read back. */
function stored({ body, key, tag, properties = {} }: OutMessage, offset = 0): StoredMessage {
  return {
    topic: 'd',
    broker: 'b',
    queue: 0,
    offset,
    body,
    bodyBytes: body.length,
    key,
    tag,
    id: '',
    properties,
    property: (name) => properties[name],
    propertyIs: (name, value) => properties[name] === value.toString(),
    allProperties: properties,
    bornAt: 1,
    storedAt: 2,
    reconsumeTimes: 0,
  };
}

const bytesOf = (properties: OutMessage['properties']): number =>
  Object.entries(properties ?? {}).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value) + 2,
    0,
  );

describe('a dead letter', () => {
  test('has the record as it came, without our stamps, and where it came from', () => {
    const properties = { a: '1', [stampProperty]: 'x.y.0', [spanProperty]: '[]', 'connect.dead.id': 'old' };
    const letter = readDeadLetter(stored(toDeadLetter(failed(7, { properties }), author, 'whole')));
    assert.deepEqual(letter?.original.properties, { a: '1' });
    assert.equal(letter.original.body.toString(), 'body 7');
    assert.equal(letter.id, letterId(author, failed(7)));
    assert.equal(letter.task, 3);
    assert.equal(letter.message, 'no \uFFFD good \uFFFD');
    assert.deepEqual([letter.origin.queue, letter.origin.offset], [1, 7]);
    assert.deepEqual(letter.cut, []);
  });

  test('fits into the properties that RocketMQ takes, whatever the record and the error bring', () => {
    const long = new ConnectorError('bad_data', 'é'.repeat(50_000));
    for (const length of [0, 1_000, 20_000, 28_000]) {
      const properties = { big: 'v'.repeat(length) };
      const letter = toDeadLetter({ ...failed(1, { properties }), error: long }, author, 'whole');
      assert.ok(bytesOf(letter.properties) <= 32_500, String(bytesOf(letter.properties)));
      assert.equal(letter.properties?.big, properties.big);
    }
    const wrapped = toDeadLetter(
      { ...failed(1, { properties: { KEYS: 'x' } }), error: long },
      author,
      'wrapped',
    );
    assert.ok(bytesOf(wrapped.properties) <= 8_000);
    assert.deepEqual(readDeadLetter(stored(wrapped))?.original.properties, { KEYS: 'x' });
    const cut = toDeadLetter(failed(1, { properties: { big: 'v'.repeat(30_000) } }), author, 'cut');
    assert.deepEqual(readDeadLetter(stored(cut))?.cut, ['properties']);
  });

  test('is another one where another record has the offset, or the position, now', () => {
    const one = failed(7);
    const other: FailedRecord = {
      ...one,
      origin: { kind: 'sink', topic: 't', broker: 'b', queue: 1, offset: 7, storedAt: 6 },
    };
    assert.notEqual(letterId(author, one), letterId(author, other));
    const at = (text: string): FailedRecord => ({
      ...one,
      origin: { kind: 'source', topic: 't', partition: 'p', position: 1, value: 'text' },
      original: { body: Buffer.from(text) },
    });
    assert.notEqual(letterId(author, at('a')), letterId(author, at('b')));
    assert.equal(letterId(author, at('a')), letterId(author, at('a')));
  });
});

/** Makes sends fail as told; `stores`: the broker had it nevertheless. */
class Faults {
  readonly next: { readonly error: RocketmqError; readonly stores: boolean }[] = [];
  sends = 0;

  wrap(cluster: Cluster): Cluster {
    return Object.assign(Object.create(cluster) as Cluster, {
      producer: (group: string): Producer => {
        const producer = cluster.producer(group);
        const send: Producer['send'] = async (...args) => {
          this.sends += 1;
          const fault = this.next.shift();
          if (fault === undefined) return producer.send(...args);
          if (fault.stores) await producer.send(...args);
          throw fault.error;
        };
        return Object.assign(Object.create(producer) as Producer, {
          send,
          queues: producer.queues.bind(producer),
          close: producer.close.bind(producer),
        });
      },
    });
  }
}

const retry = (giveUpAfterMs = Infinity): RetryOptions => ({
  backoff: { firstMs: 1, maxMs: 2 },
  giveUpAfterMs,
  signal: new AbortController().signal,
  onRetry: () => undefined,
});

async function shelf(t: TestContext): Promise<{
  faults: Faults;
  open: (own?: Cluster) => Promise<DeadLetters>;
  address: string;
  ids: () => Promise<(string | undefined)[]>;
}> {
  const bench = await Bench.open(t);
  const store = bench.dataDir.connector('out');
  await bench.dataDir.create();
  await store.create();
  const faults = new Faults();
  const cluster = faults.wrap(bench.cluster);
  const definition = bench.sinkDefinition({ errors: errorPolicy('out', { tolerance: 'dead_letter' }) });
  const topics = new Topics(bench.cluster, () => undefined);
  const open = async (own = cluster): Promise<DeadLetters> => {
    const letters = await DeadLetters.open(definition, {
      cluster: own,
      store,
      topics,
      stop: new AbortController().signal,
    });
    assert.ok(letters !== null);
    return letters;
  };
  const ids = async (): Promise<(string | undefined)[]> => {
    const [queue] = (await bench.cluster.admin.topic('out-dead-letters')) ?? [];
    assert.ok(queue !== undefined);
    const messages = await bench.cluster.admin.peek(queue, 0, 1_000);
    return messages.map((message) => readDeadLetter(message)?.id);
  };
  return { faults, open, ids, address: bench.cluster.address };
}

const idsOf = (...offsets: number[]): string[] => offsets.map((offset) => letterId(author, failed(offset)));

describe('the dead letters of a connector', () => {
  test('a lost answer is looked up, and only what is missing is sent', async (t) => {
    const { faults, open, ids } = await shelf(t);
    const letters = await open();
    const timeout = new RocketmqError('timeout', 'no answer');
    faults.next.push({ error: timeout, stores: true }, { error: timeout, stores: false });
    await letters.store([failed(1), failed(2)], 0, retry());
    assert.deepEqual(await ids(), idsOf(1, 2));
    assert.equal(faults.sends, 1, 'what was looked up was there');
    await letters.store([failed(2), failed(3)], 0, retry());
    assert.deepEqual(await ids(), idsOf(1, 2, 3));
  });

  test('what cannot be stored is an error, and is tried again by whoever comes next', async (t) => {
    const { faults, open, ids } = await shelf(t);
    const letters = await open();
    const busy = new RocketmqError('busy', 'later');
    faults.next.push(...Array.from({ length: 1_000 }, () => ({ error: busy, stores: false })));
    await assert.rejects(letters.store([failed(1)], 0, retry(20)), busy);
    assert.deepEqual(await ids(), []);
    faults.next.length = 0;
    await letters.store([failed(1)], 0, retry());
    assert.deepEqual(await ids(), idsOf(1));
  });

  test('the next worker knows what the last one kept, also when that one was killed', async (t) => {
    const { open, ids, address } = await shelf(t);
    const dying = connectCluster({ nameservers: [address] });
    await (await open(dying)).store([failed(1), failed(2)], 0, retry());
    // Its connections are gone, and it has written nothing about its end.
    await dying.close();
    const second = await open();
    await second.store([failed(1), failed(2), failed(3)], 0, retry());
    await second.close();
    const third = await open();
    await third.store([failed(3), failed(4)], 0, retry());
    await third.close();
    assert.deepEqual(await ids(), idsOf(1, 2, 3, 4));
  });
});

test('recent letters are known from the tails on, and old ones forgotten', () => {
  const queue = { topic: 'd', broker: 'b', queue: 0 };
  const recent = new RecentLetters([], 10);
  recent.opened(queue, 100);
  const moved: number[] = [];
  for (let index = 0; index < 35; index += 1) {
    recent.reached(queue, 101 + index);
    if (recent.add(`id-${String(index)}`)) moved.push(index);
  }
  assert.deepEqual(moved, [9, 19, 29]);
  assert.equal(recent.has('id-19'), false);
  for (let index = 20; index < 35; index += 1) assert.ok(recent.has(`id-${String(index)}`));
  assert.deepEqual(recent.tails, [{ ...queue, offset: 120 }], 'id-20 is at offset 120');
});
