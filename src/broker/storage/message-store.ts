import path from 'node:path';
import { messageOf, type BrokerLog } from '../broker-log.js';
import { Checkpoints, readCheckpoint } from './checkpoint.js';
import { CommitLog } from './commit-log.js';
import { entryBytes, positionOf, sizeOf, tagsCodeOf as tagsCodeAt, type QueueIndex } from './queue-index.js';
import { recover } from './recovery.js';
import {
  FrameWriter,
  largestFrame,
  partsEach,
  readFrame,
  type IncomingMessages,
  type Origin,
} from './stored-frame.js';
import { tagsCode } from './stored-properties.js';
import { TopicIndexes, type StoredTopic } from './topic-indexes.js';
import { StoreError } from './store-error.js';

export interface Retention {
  /** The log is kept below about this size. */
  readonly maxBytes: number;
  /** Messages are kept about this long. */
  readonly maxAgeMs: number;
}

export interface MessageStoreOptions {
  readonly segmentBytes: number;
  readonly retention: Retention;
}

export interface Appended {
  /** The offset of the first message; the others follow without a gap. */
  readonly offset: number;
  readonly storedAt: number;
  /** Of each message in the log. */
  readonly positions: Float64Array;
}

export interface ReadLimits {
  readonly messages: number;
  readonly bytes: number;
  /** Only messages whose tag has one of these hashes; null: all. */
  readonly tagsCodes: ReadonlySet<number> | null;
}

export interface Slice {
  /** The stored frames, one after the other. */
  readonly frames: Buffer;
  readonly count: number;
  /** Everything below was read or filtered out. */
  readonly nextOffset: number;
}

/** Entries looked at by one read that filters, as in RocketMQ (maxFilterMessageSize). */
const filteredAtMost = 800;
const mostEntries = 1024;

/** Keeps messages by topic, queue and offset. All offsets and positions are whole numbers. */
export class MessageStore {
  readonly #log: CommitLog;
  readonly #indexes: TopicIndexes;
  readonly #checkpoints: Checkpoints;
  readonly #retention: Retention;
  readonly #entries = Buffer.alloc(mostEntries * entryBytes);
  #scratch = Buffer.allocUnsafe(256 * 1024);
  #lastStoredAt = 0;
  /** Why the store takes no more messages until it is opened again. */
  #broken: unknown;

  private constructor(
    parts: { log: CommitLog; indexes: TopicIndexes; checkpoints: Checkpoints },
    retention: Retention,
  ) {
    this.#log = parts.log;
    this.#indexes = parts.indexes;
    this.#checkpoints = parts.checkpoints;
    this.#retention = retention;
    for (const { index } of this.#indexes.all()) {
      this.#lastStoredAt = Math.max(this.#lastStoredAt, index.storedAt(index.max - 1) ?? 0);
    }
  }

  /** Opens or makes the store in this folder, and mends what an unclean end left. Throws `StoreError`. */
  static open(
    folder: string,
    topics: Iterable<StoredTopic>,
    options: MessageStoreOptions,
    told: BrokerLog,
  ): MessageStore {
    const log = CommitLog.open(path.join(folder, 'log'), options.segmentBytes);
    let indexes: TopicIndexes | undefined;
    try {
      indexes = new TopicIndexes(path.join(folder, 'index'), topics);
      recover(log, indexes, readCheckpoint(folder), told);
    } catch (error) {
      indexes?.close();
      log.close();
      throw error;
    }
    const checkpoints = new Checkpoints(folder, log, indexes, (error) => {
      told.error(`the checkpoint of the store was not written: ${messageOf(error)}`);
    });
    return new MessageStore({ log, indexes, checkpoints }, options.retention);
  }

  /** Positions of the first message that is there and of the next one. */
  get range(): { start: number; end: number } {
    return { start: this.#log.start, end: this.#log.end };
  }

  addTopic(topic: StoredTopic): void {
    this.#indexes.add(topic);
  }

  removeTopic(name: string): void {
    this.#indexes.remove(name);
  }

  /** Stores the messages of one request as a whole; when it returns they outlive this process. */
  append(origin: Origin, messages: IncomingMessages): Appended {
    if (this.#broken !== undefined) {
      throw new StoreError(
        `the store takes no more messages, as an index failed (${messageOf(this.#broken)}): start the broker anew`,
        { cause: this.#broken },
      );
    }
    const index = this.#indexes.ensure(origin.topic, origin.queueId);
    if (index === undefined) throw new StoreError(`no topic ${origin.topic}`);
    const storedAt = Math.max(Date.now(), this.#lastStoredAt);
    const writer = new FrameWriter(origin, storedAt);
    const size = writer.sizeOf(messages);
    if (this.#scratch.length < size) this.#scratch = Buffer.allocUnsafe(Math.ceil(size * 1.25));
    const start = this.#log.end;
    const offset = index.max;
    const positions = new Float64Array(messages.count);
    const sizes = new Int32Array(messages.count);
    const place = { queueOffset: offset, position: start };
    let at = 0;
    for (let message = 0; message < messages.count; message++) {
      place.position = positions[message] = start + at;
      place.queueOffset = offset + message;
      at += sizes[message] = writer.write(this.#scratch, at, messages, message, place);
    }
    this.#log.append(this.#scratch.subarray(0, at));
    this.#lastStoredAt = storedAt;
    this.#index(index, messages, { positions, sizes, storedAt });
    return { offset, storedAt, positions };
  }

  /** The first and the next offset of a queue; both 0 where nothing was ever stored. */
  offsets(topic: string, queueId: number): { min: number; max: number } {
    const index = this.#indexes.find(topic, queueId);
    return index === undefined ? { min: 0, max: 0 } : { min: index.min, max: index.max };
  }

  /** When the message at this offset was stored; null where there is none. */
  storedAt(topic: string, queueId: number, offset: number): number | null {
    return this.#indexes.find(topic, queueId)?.storedAt(offset) ?? null;
  }

  /** The first offset stored at this time (ms) or later; the next offset where there is none. */
  firstStoredSince(topic: string, queueId: number, time: number): number {
    return this.#indexes.find(topic, queueId)?.firstStoredSince(time) ?? 0;
  }

  /** Reads from an offset on. At least one message is read, however large, where one fits the filter. */
  read(topic: string, queueId: number, offset: number, limits: ReadLimits): Slice {
    const index = this.#indexes.find(topic, queueId);
    if (index === undefined) return { frames: Buffer.alloc(0), count: 0, nextOffset: offset };
    const messages = Math.min(limits.messages, mostEntries);
    const looked = limits.tagsCodes === null ? messages : Math.max(filteredAtMost, messages);
    const available = index.read(offset, looked, this.#entries);
    const ranges: number[] = [];
    let bytes = 0;
    let count = 0;
    let entry = 0;
    for (; entry < available && count < messages; entry++) {
      const at = entry * entryBytes;
      if (limits.tagsCodes !== null && !limits.tagsCodes.has(tagsCodeAt(this.#entries, at))) continue;
      const size = sizeOf(this.#entries, at);
      if (count > 0 && bytes + size > limits.bytes) break;
      addRange(ranges, positionOf(this.#entries, at), size);
      bytes += size;
      count++;
    }
    return { frames: this.#readRanges(ranges, bytes), count, nextOffset: offset + entry };
  }

  /** The frame at this position of the log; null where none starts. */
  frameAt(position: number): Buffer | null {
    const size = Buffer.alloc(4);
    if (!Number.isSafeInteger(position) || this.#log.read(position, size, 0, 4) !== 4) return null;
    const length = size.readUInt32BE(0);
    if (length > largestFrame) return null;
    const frame = Buffer.alloc(length);
    if (this.#log.read(position, frame, 0, length) !== length) return null;
    return readFrame(frame, 0, position) === null ? null : frame;
  }

  /** Resolves when all that was stored before the call is on the disk. */
  async sync(): Promise<void> {
    await this.#checkpoints.write();
  }

  get dirty(): boolean {
    return this.#checkpoints.dirty;
  }

  /** Drops whole segments that are too old or too many; returns whether it did. */
  retain(now: number): boolean {
    const before = this.#log.start;
    try {
      for (let oldest = this.#log.oldest; oldest !== null; oldest = this.#log.oldest) {
        const old = now - oldest.lastWrite > this.#retention.maxAgeMs;
        const tooMany = this.#log.bytes > this.#retention.maxBytes;
        if (!old && !tooMany) break;
        this.#log.dropOldest();
      }
    } finally {
      // Also where a file could not be removed, now or before.
      for (const { index } of this.#indexes.all()) index.dropBefore(this.#log.start);
    }
    return this.#log.start > before;
  }

  /** Brings all to the disk and lets go of the files. */
  async close(): Promise<void> {
    try {
      await this.#checkpoints.close();
    } finally {
      this.#indexes.close();
      this.#log.close();
    }
  }

  #index(
    index: QueueIndex,
    messages: IncomingMessages,
    stored: { positions: Float64Array; sizes: Int32Array; storedAt: number },
  ): void {
    try {
      for (let message = 0; message < messages.count; message++) {
        const properties = messages.parts[message * partsEach + 3] ?? 0;
        const end = properties + (messages.parts[message * partsEach + 4] ?? 0);
        const tag = tagsCode(messages.source, properties, end);
        index.append(stored.positions[message] ?? 0, stored.sizes[message] ?? 0, tag, stored.storedAt);
      }
    } catch (error) {
      this.#broken = error;
      throw error;
    }
  }

  #readRanges(ranges: readonly number[], bytes: number): Buffer {
    const frames = Buffer.allocUnsafe(bytes);
    let at = 0;
    for (let range = 0; range < ranges.length; range += 2) {
      let position = ranges[range] ?? 0;
      let left = ranges[range + 1] ?? 0;
      while (left > 0) {
        const got = this.#log.read(position, frames, at, left);
        if (got === 0)
          throw new StoreError(`the log has nothing at position ${position}, but an index says so`);
        position += got;
        at += got;
        left -= got;
      }
    }
    return frames;
  }
}

/** Neighbours in the log are read at once. Two numbers a range: position and length. */
function addRange(ranges: number[], position: number, size: number): void {
  const last = ranges.length - 1;
  const lastSize = ranges[last];
  const lastPosition = ranges[last - 1];
  if (lastSize !== undefined && lastPosition !== undefined && lastPosition + lastSize === position) {
    ranges[last] = lastSize + size;
  } else {
    ranges.push(position, size);
  }
}
