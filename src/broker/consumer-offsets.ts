import { z } from 'zod';
import { damaged, LazyJsonFile, readJsonFile } from './storage/json-file.js';

const queueSchema = z.tuple([z.number().int(), z.number().int()]);
const fileSchema = z.object({
  version: z.literal(1),
  /** `queues`: pairs of a queue and its offset. */
  offsets: z.array(z.object({ group: z.string(), topic: z.string(), queues: z.array(queueSchema) })),
});
const writeDelayMs = 200;

type ByQueue = Map<number, number>;

/** Offsets by group, topic and queue. */
class OffsetTable {
  readonly groups = new Map<string, Map<string, ByQueue>>();

  get(group: string, topic: string, queueId: number): number | undefined {
    return this.groups.get(group)?.get(topic)?.get(queueId);
  }

  set(group: string, topic: string, queueId: number, offset: number): void {
    let topics = this.groups.get(group);
    if (topics === undefined) this.groups.set(group, (topics = new Map<string, ByQueue>()));
    let queues = topics.get(topic);
    if (queues === undefined) topics.set(topic, (queues = new Map<number, number>()));
    queues.set(queueId, offset);
  }

  take(group: string, topic: string, queueId: number): number | undefined {
    const queues = this.groups.get(group)?.get(topic);
    const offset = queues?.get(queueId);
    queues?.delete(queueId);
    return offset;
  }

  forgetTopic(topic: string): void {
    for (const topics of this.groups.values()) topics.delete(topic);
  }
}

/**
 * How far each consumer group is. Commits are on the disk a fraction of a second later. What groups have
 * pulled, and resets that wait for the next pull, are not kept over a restart, as in RocketMQ.
 */
export class ConsumerOffsets {
  readonly #committed = new OffsetTable();
  readonly #pulled = new OffsetTable();
  readonly #resets = new OffsetTable();
  readonly #file: LazyJsonFile;

  /**
   * Throws `StoreError` when the file is damaged. `failed` is told when it cannot be written. Offsets of topics
   * that are no more are left out: a kill may have come between the end of one and the next writing.
   */
  constructor(file: string, isTopic: (topic: string) => boolean, failed: (error: unknown) => void) {
    this.#file = new LazyJsonFile(file, () => this.#content(), { delayMs: writeDelayMs, failed });
    const content = readJsonFile(file);
    if (content === undefined) return;
    const result = fileSchema.safeParse(content);
    if (!result.success) throw damaged(file, result.error);
    for (const { group, topic, queues } of result.data.offsets) {
      if (!isTopic(topic)) continue;
      for (const [queueId, offset] of queues) this.#committed.set(group, topic, queueId, offset);
    }
  }

  /** undefined: the group never committed one. */
  committed(group: string, topic: string, queueId: number): number | undefined {
    return this.#resets.get(group, topic, queueId) ?? this.#committed.get(group, topic, queueId);
  }

  pulled(group: string, topic: string, queueId: number): number | undefined {
    return this.#pulled.get(group, topic, queueId);
  }

  /** False, and nothing is changed, while a reset waits to be seen by the group. */
  commit(group: string, topic: string, queueId: number, offset: number): boolean {
    if (this.#resets.get(group, topic, queueId) !== undefined) return false;
    this.#committed.set(group, topic, queueId, offset);
    this.#file.changed();
    return true;
  }

  notePull(group: string, topic: string, queueId: number, offset: number): void {
    this.#pulled.set(group, topic, queueId, offset);
  }

  /** Sets the offset and has the group's next pull of the queue told of it. */
  reset(group: string, topic: string, queueId: number, offset: number): void {
    this.#resets.set(group, topic, queueId, offset);
    this.#committed.set(group, topic, queueId, offset);
    this.#pulled.set(group, topic, queueId, offset);
    this.#file.changed();
  }

  /** The reset that waits for this pull, if any; it waits no longer. */
  takeReset(group: string, topic: string, queueId: number): number | undefined {
    return this.#resets.take(group, topic, queueId);
  }

  topicsOf(group: string): string[] {
    return [...(this.#committed.groups.get(group)?.keys() ?? [])];
  }

  groupsOf(topic: string): string[] {
    return [...this.#committed.groups].filter(([, topics]) => topics.has(topic)).map(([group]) => group);
  }

  /** Copies the offsets of one topic, or of all, to another group. */
  clone(from: string, to: string, topic: string | undefined): void {
    for (const [name, queues] of this.#committed.groups.get(from) ?? []) {
      if (topic !== undefined && topic !== name) continue;
      for (const [queueId, offset] of queues) this.#committed.set(to, name, queueId, offset);
    }
    this.#file.changed();
  }

  forgetGroup(group: string): void {
    for (const table of [this.#committed, this.#pulled, this.#resets]) table.groups.delete(group);
    this.#file.changed();
  }

  forgetTopic(topic: string): void {
    for (const table of [this.#committed, this.#pulled, this.#resets]) table.forgetTopic(topic);
    this.#file.changed();
  }

  /** Groups, their topics and queues, and the offsets. */
  tables(): { committed: ReadonlyMap<string, ReadonlyMap<string, ByQueue>>; pulled: OffsetTable['groups'] } {
    return { committed: this.#committed.groups, pulled: this.#pulled.groups };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #content(): z.infer<typeof fileSchema> {
    const offsets: z.infer<typeof fileSchema>['offsets'] = [];
    for (const [group, topics] of this.#committed.groups) {
      for (const [topic, queues] of topics) offsets.push({ group, topic, queues: [...queues] });
    }
    return { version: 1, offsets };
  }
}
