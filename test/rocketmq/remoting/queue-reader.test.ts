import assert from 'node:assert/strict';
import { EventEmitter, once, setMaxListeners } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Moved, StoredMessage } from '../../../src/rocketmq/cluster.js';
import { RocketmqError } from '../../../src/rocketmq/errors.js';
import { WireQueueReader, type QueueReaderOptions } from '../../../src/rocketmq/remoting/queue-reader.js';
import type { Pulled } from '../../../src/rocketmq/remoting/requests/pull.js';

const queue = { topic: 't', broker: 'b', queue: 0 };

/** A queue that answers pulls as a broker does: so many messages and bytes an answer, in any order of time. */
class QueueModel {
  min = 0;
  max: number;
  messagesPerAnswer = 32;
  bytesPerAnswer = 262_144;
  sizeOf: (offset: number) => number = () => 100;
  reset: number | undefined;
  /** Called before an answer; may wait or throw. */
  before: (offset: number) => Promise<void> = () => Promise.resolve();
  asked = 0;
  underWay = 0;
  mostUnderWay = 0;
  mostBytesAsked = 0;
  readonly #arrivals = new EventEmitter();

  constructor(max: number) {
    this.max = max;
  }

  add(count: number): void {
    this.max += count;
    this.#arrivals.emit('arrival');
  }

  readonly pull: QueueReaderOptions['pull'] = async ({ offset, count, waitMs }, signal) => {
    this.asked++;
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    setMaxListeners(0, signal);
    try {
      await this.before(offset);
      signal.throwIfAborted();
      if (waitMs > 0 && offset === this.max && this.reset === undefined) {
        const arrival = once(this.#arrivals, 'arrival', { signal });
        await Promise.race([arrival, sleep(200, undefined, { signal })]);
      }
      return this.#answer(offset, count);
    } finally {
      this.underWay--;
    }
  };

  #answer(offset: number, count: number): Pulled {
    const answer = (
      outcome: Pulled['outcome'],
      nextOffset: number,
      messages: StoredMessage[] = [],
      bytes = 0,
    ): Pulled => ({
      outcome,
      nextOffset,
      messages,
      bytes,
      minOffset: this.min,
      maxOffset: this.max,
    });
    if (this.reset !== undefined) {
      const target = this.reset;
      this.reset = undefined;
      return answer('reset', target);
    }
    if (offset < this.min) return answer('moved', this.min);
    if (offset > this.max) return answer('moved', this.max);
    if (offset === this.max) return answer('end', offset);
    const messages: StoredMessage[] = [];
    let bytes = 0;
    for (let at = offset; at < this.max && messages.length < Math.min(count, this.messagesPerAnswer); at++) {
      if (messages.length > 0 && bytes + this.sizeOf(at) > this.bytesPerAnswer) break;
      bytes += this.sizeOf(at);
      messages.push(messageAt(at));
    }
    return answer('found', offset + messages.length, messages, bytes);
  }
}

function messageAt(offset: number): StoredMessage {
  return {
    ...queue,
    offset,
    body: Buffer.alloc(0),
    bodyBytes: 0,
    key: undefined,
    tag: undefined,
    id: String(offset),
    properties: {},
    property: () => undefined,
    propertyIs: () => false,
    allProperties: {},
    bornAt: 0,
    storedAt: 0,
    reconsumeTimes: 0,
  };
}

function readerOf(model: QueueModel, options: Partial<QueueReaderOptions> = {}): WireQueueReader {
  return new WireQueueReader({ queue, offset: 0, maxBytes: 1_048_576, pull: model.pull, ...options });
}

/** Reads at least to `end` and checks that every message comes once and in order; how far it got. */
async function readTo(reader: WireQueueReader, from: number, end: number): Promise<number> {
  let expected = from;
  while (expected < end) {
    const { messages, nextOffset } = await reader.read();
    for (const { offset } of messages) assert.equal(offset, expected++);
    if (messages.length > 0) assert.equal(nextOffset, expected);
  }
  return expected;
}

test('asks ahead, and delivers in order whatever the order of the answers', async () => {
  const model = new QueueModel(20_000);
  model.before = (offset) => sleep((offset * 7919) % 5);
  await readTo(readerOf(model), 0, 20_000);
  assert.ok(model.mostUnderWay > 8, `${model.mostUnderWay} under way`);
  assert.ok(model.asked < 700, `${model.asked} requests`);
});

test('gives out several answers at once where they are under way, and what is there at the end', async () => {
  const model = new QueueModel(20_000);
  model.before = (offset) => sleep((offset * 7919) % 5);
  const reader = readerOf(model, { gather: 8 });
  const sizes: number[] = [];
  for (let next = 0; next < 20_000;) {
    const { messages, nextOffset } = await reader.read();
    assert.equal(messages[0]?.offset, next);
    sizes.push(messages.length);
    next = nextOffset;
  }
  // Before the end is known, and where little is left, there is less.
  assert.ok(
    sizes.slice(1, -2).every((size) => size >= 8 * 32),
    sizes.join(' '),
  );
  model.add(1);
  assert.equal((await reader.read()).messages.length, 1);
});

test('does not wait behind an answer that failed', async () => {
  const model = new QueueModel(1_000);
  await readTo(readerOf(model), 0, 1_000);
  const reader = readerOf(model, { gather: 8 });
  let failures = 1;
  model.before = (offset) =>
    offset > 96 && failures-- > 0
      ? Promise.reject(new RocketmqError('disconnected', 'the connection broke'))
      : Promise.resolve();
  await readTo(reader, 0, 1_000);
});

test('asks again for what an answer left out, and learns how much fits', async () => {
  const model = new QueueModel(20_000);
  model.sizeOf = (offset) => (offset % 3_000 < 1_000 ? 30_000 : 150);
  model.before = () => new Promise(setImmediate);
  await readTo(readerOf(model), 0, 20_000);
  assert.ok(model.asked < 4_000, `${model.asked} requests`);
});

test('asks for more where the broker gives more', async () => {
  const model = new QueueModel(60_000);
  model.messagesPerAnswer = 1_000;
  model.bytesPerAnswer = 10_000_000;
  await readTo(readerOf(model, { maxBytes: 8_388_608 }), 0, 60_000);
  assert.ok(model.asked < 200, `${model.asked} requests`);
});

test('keeps to its bytes', async () => {
  const model = new QueueModel(5_000);
  model.sizeOf = () => 10_000;
  const reader = readerOf(model, { maxBytes: 300_000 });
  const learned = await readTo(reader, 0, 1_000);
  model.mostUnderWay = 0;
  await readTo(reader, learned, 5_000);
  assert.ok(model.mostUnderWay <= 2, `${model.mostUnderWay} under way`);
});

test('holds one message at a time where each is larger than its bytes, also when nobody reads', async () => {
  const large = 4 * 1024 * 1024;
  const model = new QueueModel(2_000);
  model.sizeOf = () => large;
  const reader = readerOf(model, { maxBytes: 262_144 });
  await readTo(reader, 0, 8);
  const { asked } = model;
  await sleep(20);
  assert.equal(model.asked, asked);
  assert.ok(model.mostUnderWay <= 1, `${model.mostUnderWay} under way`);
});

test('holds as many messages as it asks ahead at the most where they become large all at once', async () => {
  const model = new QueueModel(10_000);
  model.sizeOf = (offset) => (offset < 5_000 ? 200 : 4 * 1024 * 1024);
  let most = 0;
  let answered = 0;
  const { pull } = model;
  const counting: QueueReaderOptions['pull'] = async (wanted, signal) => {
    const answer = await pull(wanted, signal);
    answered += answer.bytes;
    return answer;
  };
  const counted = readerOf(model, { maxBytes: 262_144, pull: counting });
  let taken = 0;
  for (let next = 0; next < 5_200;) {
    await sleep(1);
    most = Math.max(most, answered - taken);
    const { messages, nextOffset } = await counted.read();
    for (const { offset } of messages) taken += model.sizeOf(offset);
    next = nextOffset;
  }
  counted.close();
  assert.ok(most <= 17 * 4 * 1024 * 1024, `${most} bytes held`);
});

test('reads on when messages arrive', async () => {
  const model = new QueueModel(0);
  const reader = readerOf(model);
  for (let round = 0; round < 20; round++) {
    const from = model.max;
    const reading = readTo(reader, from, from + 10);
    await new Promise(setImmediate);
    model.add(10);
    await reading;
  }
  assert.ok(model.asked < 60, `${model.asked} requests`);
});

test('resolves with nothing after a wait', async () => {
  const fetched = await readerOf(new QueueModel(7), { offset: 7 }).read();
  assert.deepEqual(fetched, { messages: [], nextOffset: 7, maxOffset: 7 });
});

test('follows the queue’s start, its end, and resets', async () => {
  const model = new QueueModel(100);
  model.min = 40;
  const reader = readerOf(model);
  assert.equal((await reader.read()).nextOffset, 40);
  await readTo(reader, 40, 100);
  const beyond = readerOf(model, { offset: 900 });
  assert.equal((await beyond.read()).nextOffset, 100);
  model.reset = 60;
  const { messages, nextOffset } = await reader.read();
  assert.deepEqual([messages.length, nextOffset], [0, 60]);
  await readTo(reader, 60, 100);
});

test('hears of a reset in whichever answer it comes', async () => {
  const model = new QueueModel(1_000);
  let asked = 0;
  model.before = async () => {
    if (++asked === 9) model.reset = 5;
    await new Promise(setImmediate);
  };
  const reader = readerOf(model);
  let next = 0;
  for (;;) {
    const fetched = await reader.read();
    if (fetched.nextOffset < next) break;
    next = fetched.nextOffset;
  }
  await readTo(reader, 5, 1_000);
});

test('goes back to the end when the queue lost its tail', async () => {
  const model = new QueueModel(1_000);
  const reader = readerOf(model);
  await reader.read();
  model.max = 300;
  let next = 0;
  while (next !== 300) next = (await reader.read()).nextOffset;
  model.add(10);
  await readTo(reader, 300, 310);
});

test('tries again what may pass, without losing its place', async () => {
  const model = new QueueModel(3_000);
  let faults = 0;
  model.before = async (offset) => {
    await new Promise(setImmediate);
    if (offset % 3 === 2 && faults++ < 3) throw new RocketmqError('disconnected', 'cut');
  };
  await readTo(readerOf(model), 0, 3_000);
  assert.ok(faults > 0);
});

test('throws what will not pass, and can be read again', async () => {
  const model = new QueueModel(100);
  const fault = new RocketmqError('topic_not_found', 'gone');
  model.before = () => Promise.reject(fault);
  const reader = readerOf(model);
  await assert.rejects(reader.read(), fault);
  model.before = () => Promise.resolve();
  await readTo(reader, 0, 100);
});

test('ends a read with its signal, keeping what comes', async () => {
  const model = new QueueModel(0);
  const reader = readerOf(model);
  const abort = new AbortController();
  const reading = reader.read(abort.signal);
  abort.abort(new Error('stop'));
  await assert.rejects(reading, { message: 'stop' });
  model.add(5);
  await readTo(reader, 0, 5);
});

test('ends when it is closed, with everything it asked for', async () => {
  const model = new QueueModel(0);
  let closed = 0;
  const reader = readerOf(model, { onClose: () => closed++ });
  const reading = reader.read();
  reader.close();
  reader.close();
  await assert.rejects(reading, { code: 'closed' });
  await assert.rejects(reader.read(), { code: 'closed' });
  assert.equal(closed, 1);
  while (model.underWay > 0) await new Promise(setImmediate);
});

test('goes on when one answer covers all that was asked behind it', async () => {
  for (const messagesPerAnswer of [40, 64, 100, 1_000]) {
    const model = new QueueModel(3_000);
    model.messagesPerAnswer = messagesPerAnswer;
    model.before = () => new Promise(setImmediate);
    for (const maxBytes of [4_000, 16_000, 64_000, 1_048_576]) {
      await readTo(readerOf(model, { maxBytes }), 0, 3_000);
    }
  }
});

test('tells of what has expired behind the last message, also where a request ahead was the first to hear of it', async () => {
  const told: Moved[] = [];
  const gone = { min: 100, max: 128 };
  const found = (from: number, to: number): Pulled => {
    const messages = Array.from({ length: to - from }, (_, index) => messageAt(from + index));
    return { outcome: 'found', messages, nextOffset: to, minOffset: 0, maxOffset: gone.max, bytes: 100 };
  };
  const pull: QueueReaderOptions['pull'] = ({ offset }) => {
    if (offset === 0) return Promise.resolve(found(0, 32));
    // More than its share: what was asked for behind it begins before its end.
    if (offset === 32) return Promise.resolve(found(32, 80));
    if (offset >= gone.min) return Promise.resolve(found(offset, gone.max));
    const moved = { nextOffset: gone.min, minOffset: gone.min, maxOffset: gone.max };
    return Promise.resolve({ outcome: 'moved', messages: [], bytes: 0, ...moved });
  };
  const reader = new WireQueueReader({
    queue,
    offset: 0,
    maxBytes: 1_048_576,
    pull,
    moved: (moved) => {
      told.push(moved);
      return Promise.resolve(moved.min);
    },
  });
  for (let next = 0; next < gone.max;) next = (await reader.read()).nextOffset;
  reader.close();
  assert.deepEqual(told, [{ from: 80, ...gone }]);
});
