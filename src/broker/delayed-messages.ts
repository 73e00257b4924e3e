import path from 'node:path';
import { z } from 'zod';
import { encodeProperty } from '../rocketmq/remoting/codec/properties.js';
import { putTopic, type Broker } from './broker.js';
import { messageOf } from './broker-log.js';
import { timerTopic } from './names.js';
import { putMessages } from './put-messages.js';
import { gatherMessages, type LooseMessage } from './storage/gather-messages.js';
import { damaged, LazyJsonFile, readJsonFile } from './storage/json-file.js';
import type { Appended } from './storage/message-store.js';
import {
  framesIn,
  originOf,
  queueOffsetOf,
  readOwnFrame,
  type Origin,
  type ReadFrame,
} from './storage/stored-frame.js';
import { findProperty } from './storage/stored-properties.js';
import { newTopic } from './topics.js';

const heldQueue = 0;
const marksQueue = 1;
const deliveredAtOnce = 256;
const longestSleepMs = 60_000;
const retryMs = 1_000;
const all = { messages: 1024, bytes: 4 * 1024 * 1024, tagsCodes: null };
const one = { ...all, messages: 1 };

const dueName = Buffer.from('TIMER_OUT_MS');
const topicName = Buffer.from('REAL_TOPIC');
const queueName = Buffer.from('REAL_QID');

const fileSchema = z.object({
  version: z.literal(1),
  /** Below this offset every message was delivered; and where the marks of the others start. */
  from: z.number().int().nonnegative(),
  marks: z.number().int().nonnegative(),
});

interface Due {
  readonly at: number;
  readonly offset: number;
}

/**
 * Messages that are stored now and become visible later. They wait in a topic of their own, and are put
 * into the queue they are meant for at their time, or when the broker is back. One is delivered twice only
 * where the process dies between the delivery and its mark, which are written one after the other.
 */
export class DelayedMessages {
  readonly #broker: Broker;
  readonly #file: LazyJsonFile;
  /** The last one is due first. */
  readonly #due: Due[] = [];
  /** Offsets of those not delivered yet, the lowest first. */
  readonly #held = new Set<number>();
  /** Offsets of marks and what they mark, for as long as something below waits. */
  #marks: { readonly mark: number; readonly offset: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** Throws `StoreError` when its file is damaged. */
  constructor(broker: Broker) {
    this.#broker = broker;
    const file = path.join(broker.folder, 'delayed.json');
    this.#file = new LazyJsonFile(file, () => this.#content(), {
      delayMs: 200,
      // After a power cut the file must not know of deliveries that the log has lost.
      first: () => broker.store.sync(),
      failed: (error) => {
        broker.log.error(`how far delayed messages are delivered was not written: ${messageOf(error)}`);
      },
    });
    if (broker.topics.find(timerTopic) !== undefined) this.#recover(readStart(file));
  }

  /** Stores the messages; they come to the topic and queue of `origin` at this time (ms since 1970). */
  hold(origin: Origin, messages: readonly LooseMessage[], at: number): Appended {
    if (this.#broker.topics.find(timerTopic) === undefined) putTopic(this.#broker, newTopic(timerTopic, 2));
    const addressed = messages.map(({ body, properties }) => ({
      body,
      properties:
        properties +
        encodeProperty('TIMER_OUT_MS', String(at)) +
        encodeProperty('REAL_TOPIC', origin.topic) +
        encodeProperty('REAL_QID', String(origin.queueId)),
    }));
    const stored = putMessages(
      this.#broker,
      { ...origin, topic: timerTopic, queueId: heldQueue },
      gatherMessages(addressed),
    );
    for (let index = 0; index < messages.length; index++) this.#wait({ at, offset: stored.offset + index });
    this.#sleep();
    return stored;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#file.close();
  }

  #recover(start: { from: number; marks: number }): void {
    const { store } = this.#broker;
    const delivered = new Set<number>();
    for (const { data, frame, offset } of this.#framesOf(marksQueue, start.marks)) {
      const marked = Number(data.readBigInt64BE(frame.bodyStart));
      delivered.add(marked);
      this.#marks.push({ mark: offset, offset: marked });
    }
    for (const { data, frame, offset } of this.#framesOf(heldQueue, start.from)) {
      if (!delivered.has(offset)) this.#wait({ at: Number(property(data, frame, dueName) ?? 0), offset });
    }
    const { min, max } = store.offsets(timerTopic, heldQueue);
    // A log that lost its end gives out offsets again, and what waits at them must be found.
    if (start.from > max) this.#file.changed();
    if (min > start.from && start.from > 0) {
      this.#broker.log.warn(`delayed messages below offset ${min} were removed before they were delivered`);
    }
    if (this.#held.size > 0) this.#broker.log.info(`${this.#held.size} delayed messages wait for their time`);
    this.#sleep();
  }

  *#framesOf(queueId: number, from: number): Generator<{ data: Buffer; frame: ReadFrame; offset: number }> {
    const { store } = this.#broker;
    let offset = Math.max(from, store.offsets(timerTopic, queueId).min);
    for (;;) {
      const { frames, count, nextOffset } = store.read(timerTopic, queueId, offset, all);
      if (count === 0) return;
      for (const data of framesIn(frames)) {
        const frame = readOwnFrame(data, false);
        if (frame !== null) yield { data, frame, offset: queueOffsetOf(data) };
      }
      offset = nextOffset;
    }
  }

  #wait(due: Due): void {
    this.#held.add(due.offset);
    let low = 0;
    let high = this.#due.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#due[middle]?.at ?? 0) > due.at) low = middle + 1;
      else high = middle;
    }
    this.#due.splice(low, 0, due);
  }

  #sleep(): void {
    clearTimeout(this.#timer);
    const next = this.#due.at(-1);
    if (next === undefined || this.#closed) return;
    const ms = Math.min(longestSleepMs, Math.max(0, next.at - Date.now()));
    this.#timer = setTimeout(() => {
      this.#deliverDue();
    }, ms);
  }

  #deliverDue(): void {
    const now = Date.now();
    for (let count = 0; count < deliveredAtOnce; count++) {
      const next = this.#due.at(-1);
      if (next === undefined || next.at > now) break;
      try {
        this.#deliver(next.offset);
      } catch (error) {
        this.#broker.log.error(`a delayed message was not delivered: ${messageOf(error)}; it is tried again`);
        this.#timer = setTimeout(() => {
          this.#deliverDue();
        }, retryMs);
        return;
      }
      this.#due.pop();
    }
    this.#file.changed();
    this.#sleep();
  }

  #deliver(offset: number): void {
    const { frames, count } = this.#broker.store.read(timerTopic, heldQueue, offset, one);
    const frame = count === 1 ? readOwnFrame(frames) : null;
    if (frame === null) {
      this.#broker.log.warn(`the delayed message at offset ${offset} was removed before its time came`);
    } else {
      this.#putIntoItsQueue(frames, frame);
    }
    this.#mark(offset);
  }

  #putIntoItsQueue(data: Buffer, frame: ReadFrame): void {
    const topic = property(data, frame, topicName) ?? '';
    if (this.#broker.topics.find(topic) === undefined) {
      this.#broker.log.warn(`a delayed message was dropped: its topic ${topic} was deleted`);
      return;
    }
    const origin = { ...originOf(data), topic, queueId: Number(property(data, frame, queueName)) };
    const text = data.toString('utf8', frame.propertiesStart, frame.propertiesEnd);
    const properties = text.slice(0, text.lastIndexOf('TIMER_OUT_MS\u0001'));
    const body = data.subarray(frame.bodyStart, frame.bodyEnd);
    putMessages(this.#broker, origin, gatherMessages([{ body, properties }]));
  }

  #mark(offset: number): void {
    const body = Buffer.alloc(8);
    body.writeBigInt64BE(BigInt(offset));
    const nowhere = Buffer.alloc(8);
    const stored = putMessages(
      this.#broker,
      {
        topic: timerTopic,
        queueId: marksQueue,
        sysFlag: 0,
        bornAt: 0,
        bornHost: nowhere,
        storeHost: nowhere,
        reconsumeTimes: 0,
      },
      gatherMessages([{ body, properties: '' }]),
    );
    this.#held.delete(offset);
    this.#marks.push({ mark: stored.offset, offset });
  }

  #content(): z.infer<typeof fileSchema> {
    const { store } = this.#broker;
    const [lowest] = this.#held;
    const from = lowest ?? store.offsets(timerTopic, heldQueue).max;
    const needed = this.#marks.findIndex(({ offset }) => offset >= from);
    this.#marks = needed < 0 ? [] : this.#marks.slice(needed);
    return { version: 1, from, marks: this.#marks[0]?.mark ?? store.offsets(timerTopic, marksQueue).max };
  }
}

function readStart(file: string): { from: number; marks: number } {
  const content = readJsonFile(file);
  if (content === undefined) return { from: 0, marks: 0 };
  const result = fileSchema.safeParse(content);
  if (!result.success) throw damaged(file, result.error);
  return result.data;
}

function property(data: Buffer, frame: ReadFrame, name: Buffer): string | undefined {
  const found = findProperty(data, frame.propertiesStart, frame.propertiesEnd, name);
  return found === null ? undefined : data.toString('utf8', found.start, found.end);
}
