import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import type { OutMessage, Producer } from '../../src/rocketmq/cluster.js';
import { RocketmqError } from '../../src/rocketmq/errors.js';
import { Lane } from '../../src/worker/lane.js';

const queue = { topic: 't', broker: 'b', queue: 0 };
const message = (text: string): OutMessage => ({ body: Buffer.from(text) });

/** Keeps what it is sent and answers as told; knows how many sends were in flight at once. */
class Recorder implements Producer {
  readonly maxBatchBytes = 1_000;
  readonly maxBatchMessages = 4;
  readonly batches: string[][] = [];
  readonly failures: Error[] = [];
  refuses: (texts: readonly string[]) => boolean = () => false;
  inFlight = 0;
  mostInFlight = 0;

  queues(): Promise<never> {
    return Promise.reject(new Error('not asked'));
  }
  knows(): boolean {
    return true;
  }

  sizeOf(sent: OutMessage): number {
    return sent.body.length;
  }
  async send(_queue: unknown, messages: readonly OutMessage[]): Promise<{ offset: number }> {
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    await turn();
    this.inFlight -= 1;
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    if (this.refuses(messages.map((sent) => sent.body.toString()))) {
      throw new RocketmqError('invalid', 'not this one');
    }
    this.batches.push(messages.map((sent) => sent.body.toString()));
    return { offset: 0 };
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

function lane(producer: Recorder, onFailure: (error: unknown) => void = assert.ifError): Lane {
  const signal = new AbortController().signal;
  return new Lane({
    queue,
    producer,
    batch: { maxMessages: 10, maxBytes: 100 },
    cancel: signal,
    retry: { backoff: { firstMs: 1, maxMs: 1 }, giveUpAfterMs: Infinity, signal, onRetry: () => undefined },
    trace: null,
    measured: (_messages, attempt) => attempt(),
    onStored: () => undefined,
    onFailure,
  });
}

test('sends everything once, in order, one batch at a time, within the limits', async () => {
  const producer = new Recorder();
  const sending = lane(producer);
  const stored: number[] = [];
  const all: string[] = [];
  for (let parcel = 0; parcel < 20; parcel += 1) {
    const texts = Array.from({ length: parcel % 7 }, (_, index) =>
      `${parcel}.${index}`.padEnd(parcel + 5, '-'),
    );
    all.push(...texts);
    sending.add({ messages: texts.map(message), stored: () => stored.push(parcel) });
    if (parcel % 3 === 0) await turn();
  }
  await sending.drained();
  assert.deepEqual(producer.batches.flat(), all);
  assert.equal(producer.mostInFlight, 1);
  assert.deepEqual(
    stored,
    Array.from({ length: 20 }, (_, parcel) => parcel),
  );
  for (const batch of producer.batches) {
    assert.ok(batch.length <= producer.maxBatchMessages);
    assert.ok(batch.join('').length <= 100);
  }
});

test('a message over the batch limit travels alone', async () => {
  const producer = new Recorder();
  const sending = lane(producer);
  sending.add({ messages: ['a', 'b'.repeat(500), 'c'].map(message), stored: () => undefined });
  await sending.drained();
  assert.deepEqual(
    producer.batches.map((batch) => batch.length),
    [1, 1, 1],
  );
});

test('a failed batch goes again, whole and before what follows', async () => {
  const producer = new Recorder();
  producer.failures.push(new RocketmqError('busy', 'busy'), new RocketmqError('disconnected', 'cut'));
  const sending = lane(producer);
  sending.add({ messages: ['1', '2', '3', '4', '5', '6'].map(message), stored: () => undefined });
  await sending.drained();
  assert.deepEqual(producer.batches.flat().join(''), '123456');
});

test('an error that no retry helps ends the lane, and what was not stored is not said to be', async () => {
  const producer = new Recorder();
  const refused = new RocketmqError('denied', 'no');
  producer.failures.push(refused);
  const failures: unknown[] = [];
  const sending = lane(producer, (error) => failures.push(error));
  sending.add({ messages: [message('1')], stored: () => assert.fail('stored') });
  await sending.drained();
  sending.add({ messages: [message('2')], stored: () => assert.fail('stored') });
  await sending.drained();
  assert.deepEqual(failures, [refused]);
  assert.deepEqual(producer.batches, []);
});

test('a message that is refused is found; the rest is stored in order, without it', async () => {
  const producer = new Recorder();
  const bad = new Set(['b', 'c', 'g', 'k']);
  producer.refuses = (texts) => texts.some((text) => bad.has(text));
  const sending = lane(producer);
  const refused: string[] = [];
  let stored = 0;
  for (const texts of [['a', 'b', 'c', 'd', 'e'], ['f'], ['g'], ['h', 'i', 'j', 'k']]) {
    const messages = texts.map(message);
    sending.add({
      messages,
      refused: (index) => {
        refused.push(texts[index] ?? '');
        // What follows may change, and is read again.
        if (texts[index] === 'c') messages[index + 1] = message('D');
        return Promise.resolve();
      },
      stored: () => (stored += 1),
    });
  }
  await sending.drained();
  assert.deepEqual(producer.batches.flat(), ['a', 'D', 'e', 'f', 'h', 'i', 'j']);
  assert.deepEqual(refused, [...bad]);
  assert.equal(stored, 4);
  assert.equal(producer.mostInFlight, 1);
});

test('a refusal that nobody takes, and one that cannot be let go of, end the lane', async () => {
  for (const refused of [undefined, () => Promise.reject(new Error('cannot be kept'))]) {
    const producer = new Recorder();
    producer.refuses = (texts) => texts.includes('b');
    const failures: unknown[] = [];
    const sending = lane(producer, (error) => failures.push(error));
    const stored: string[] = [];
    sending.add({
      messages: ['a', 'b', 'c'].map(message),
      stored: () => stored.push('all'),
      ...(refused === undefined ? {} : { refused }),
    });
    await sending.drained();
    assert.deepEqual(producer.batches, [['a']]);
    assert.equal(failures.length, 1);
    assert.deepEqual(stored, []);
  }
});
