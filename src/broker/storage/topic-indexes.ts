import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { OpenFiles } from './open-files.js';
import { QueueIndex } from './queue-index.js';

/** A topic as the store knows it: a deleted and newly made one of the same name is another. */
export interface StoredTopic {
  readonly name: string;
  readonly id: number;
  /** Messages of this name below this position of the log belong to an earlier, deleted topic. */
  readonly since: number;
}

interface Entry {
  readonly topic: StoredTopic;
  readonly folder: string;
  readonly queues: Map<number, QueueIndex>;
}

/** The indexes of all queues; those of a topic lie in the folder `<id>-<name>`, one folder a queue. */
export class TopicIndexes {
  readonly #folder: string;
  readonly #openFiles = new OpenFiles();
  readonly #topics = new Map<string, Entry>();

  /** Opens the indexes of these topics and removes what deleted ones left behind. */
  constructor(folder: string, topics: Iterable<StoredTopic>) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    for (const topic of topics) this.add(topic);
    const known = new Set([...this.#topics.values()].map((entry) => entry.folder));
    for (const name of readdirSync(folder)) {
      const found = path.join(folder, name);
      if (!known.has(found)) rmSync(found, { recursive: true });
    }
  }

  add(topic: StoredTopic): void {
    const readable = encodeURIComponent(topic.name).slice(0, 100);
    const folder = path.join(this.#folder, `${topic.id}-${readable}`);
    const entry: Entry = { topic, folder, queues: new Map() };
    this.#topics.set(topic.name, entry);
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) this.#open(entry, Number(name));
  }

  remove(name: string): void {
    const entry = this.#topics.get(name);
    if (entry === undefined) return;
    this.#topics.delete(name);
    for (const index of entry.queues.values()) index.closeFiles();
    rmSync(entry.folder, { recursive: true, force: true });
  }

  *topics(): Generator<StoredTopic> {
    for (const { topic } of this.#topics.values()) yield topic;
  }

  topic(name: string): StoredTopic | undefined {
    return this.#topics.get(name)?.topic;
  }

  /** The queue's index; undefined where nothing was ever stored in it. */
  find(topic: string, queueId: number): QueueIndex | undefined {
    return this.#topics.get(topic)?.queues.get(queueId);
  }

  /** The queue's index, made where there is none. Undefined when there is no such topic. */
  ensure(topic: string, queueId: number): QueueIndex | undefined {
    const entry = this.#topics.get(topic);
    return entry === undefined ? undefined : (entry.queues.get(queueId) ?? this.#open(entry, queueId));
  }

  *all(): Generator<{ topic: StoredTopic; queueId: number; index: QueueIndex }> {
    for (const { topic, queues } of this.#topics.values()) {
      for (const [queueId, index] of queues) yield { topic, queueId, index };
    }
  }

  close(): void {
    this.#topics.clear();
    this.#openFiles.closeAll();
  }

  #open(entry: Entry, queueId: number): QueueIndex {
    const index = new QueueIndex(path.join(entry.folder, String(queueId)), this.#openFiles);
    entry.queues.set(queueId, index);
    return index;
  }
}
