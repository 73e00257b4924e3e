import type { BrokerLog } from '../broker-log.js';
import type { Checkpoint } from './checkpoint.js';
import type { CommitLog } from './commit-log.js';
import { positionOf, sizeOf, type QueueIndex } from './queue-index.js';
import { largestFrame, readFrame, smallestFrame, tagsCodeOf, type ReadFrame } from './stored-frame.js';
import { StoreError } from './store-error.js';
import type { StoredTopic, TopicIndexes } from './topic-indexes.js';

const chunkBytes = 4 * 1024 * 1024;

/**
 * Brings the indexes in line with the log after any kind of end: what the checkpoint vouches for is taken
 * as it is (its last entries are looked up in the log), what was stored later is read and indexed again, and
 * where that is torn the log is cut: by a kill in its last write, by a power cut wherever the disk had not
 * taken it yet. Without a usable checkpoint all indexes are made anew.
 * Throws `StoreError` when something in the middle of the log is missing or cannot be read.
 */
export function recover(
  log: CommitLog,
  indexes: TopicIndexes,
  noted: Checkpoint | null,
  told: BrokerLog,
): void {
  const checkpoint = noted !== null && noted.position <= log.end ? noted : null;
  // Where nothing tells what the disk has taken, only the last segment may be torn.
  const mayBeTornFrom = checkpoint?.position ?? log.lastSegmentStart;
  cutAtGap(log, mayBeTornFrom, told);
  const reindexFrom = (position: number, anew: boolean): void => {
    reindex(log, indexes, told, { position, mayBeTornFrom, anew });
  };
  if (checkpoint !== null && cutToCheckpoint(log, indexes, checkpoint)) {
    reindexFrom(Math.max(log.start, checkpoint.position), false);
    for (const { index } of indexes.all()) index.dropBefore(log.start);
    return;
  }
  if (log.bytes > 0) told.warn('there is no checkpoint that fits log and indexes: making all indexes anew');
  for (const { index } of indexes.all()) index.restartAt(index.max);
  reindexFrom(log.start, true);
}

function cutAtGap(log: CommitLog, mayBeTornFrom: number, told: BrokerLog): void {
  const { gap } = log;
  if (gap === null) return;
  if (gap.end < mayBeTornFrom || gap.end > gap.next) {
    throw new StoreError(
      `${gap.file} ends at ${gap.end}, but the next file starts at ${gap.next}: ` +
        'a file of the store is missing or was changed; put it back, or start with an empty folder',
    );
  }
  cutTornEnd(log, gap.end, told);
}

function cutToCheckpoint(log: CommitLog, indexes: TopicIndexes, checkpoint: Checkpoint): boolean {
  for (const { topic, queueId, index } of indexes.all()) {
    const max = checkpoint.queues[topic.id]?.[queueId] ?? 0;
    if (index.max < max) return false;
    index.cutTo(max);
    if (!lastEntryFits(log, topic, queueId, index)) return false;
  }
  return noneIsMissing(indexes, checkpoint);
}

function noneIsMissing(indexes: TopicIndexes, checkpoint: Checkpoint): boolean {
  for (const topic of indexes.topics()) {
    for (const [queue, max] of Object.entries(checkpoint.queues[topic.id] ?? {})) {
      if (indexes.find(topic.name, Number(queue))?.max !== max) return false;
    }
  }
  return true;
}

function lastEntryFits(log: CommitLog, topic: StoredTopic, queueId: number, index: QueueIndex): boolean {
  const entry = Buffer.alloc(32);
  if (index.read(index.max - 1, 1, entry) === 0) return true;
  const position = positionOf(entry, 0);
  if (position < log.start) return true;
  const size = sizeOf(entry, 0);
  if (size < smallestFrame || size > largestFrame) return false;
  const data = Buffer.alloc(size);
  if (log.read(position, data, 0, size) !== size) return false;
  const frame = readFrame(data, 0, position);
  return (
    frame !== null &&
    frame.topic === topic.name &&
    frame.queueId === queueId &&
    frame.queueOffset === index.max - 1
  );
}

function reindex(
  log: CommitLog,
  indexes: TopicIndexes,
  told: BrokerLog,
  from: { position: number; mayBeTornFrom: number; anew: boolean },
): void {
  const started = from.anew ? new Set<QueueIndex>() : null;
  let buffer = Buffer.alloc(0);
  let { position } = from;
  while (position < log.end) {
    if (buffer.length === 0) buffer = Buffer.allocUnsafe(chunkBytes);
    const got = log.read(position, buffer, 0, buffer.length);
    let at = 0;
    for (;;) {
      const frame = readFrame(buffer.subarray(0, got), at, position + at);
      if (frame === null) break;
      indexFrame(indexes, told, buffer, frame, position + at, started);
      at += frame.size;
    }
    position += at;
    if (at > 0 || got === 0) continue;
    const size = got >= 4 ? buffer.readUInt32BE(0) : 0;
    if (size > buffer.length && size <= largestFrame && got === buffer.length) {
      buffer = Buffer.allocUnsafe(size);
      continue;
    }
    if (position < from.mayBeTornFrom) {
      throw new StoreError(
        `the message at position ${position} of the store's log is damaged, and more follow it: ` +
          'put back a copy of the folder, or start with an empty one',
      );
    }
    cutTornEnd(log, position, told);
  }
}

function cutTornEnd(log: CommitLog, position: number, told: BrokerLog): void {
  const bytes = log.end - position;
  told.warn(`the end of the log is torn: cut off ${bytes} bytes that were not known to be on the disk`);
  log.truncate(position);
}

function indexFrame(
  indexes: TopicIndexes,
  told: BrokerLog,
  data: Buffer,
  frame: ReadFrame,
  position: number,
  started: Set<QueueIndex> | null,
): void {
  const topic = indexes.topic(frame.topic);
  if (topic === undefined || position < topic.since) return;
  const index = indexes.ensure(frame.topic, frame.queueId);
  if (index === undefined) return;
  if (started !== null && !started.has(index)) {
    started.add(index);
    index.restartAt(frame.queueOffset);
  }
  if (frame.queueOffset !== index.max) {
    told.warn(
      `the message at position ${position} says it is ${frame.topic}/${frame.queueId}/${frame.queueOffset}, ` +
        `but ${index.max} is next there: left out`,
    );
    return;
  }
  index.append(position, frame.size, tagsCodeOf(data, frame), frame.storedAt);
}
