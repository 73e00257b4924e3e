import { z } from 'zod';
import { defaultTopic } from './names.js';
import { damaged, readJsonFile, replaceJsonFile } from './storage/json-file.js';
import type { StoredTopic } from './storage/topic-indexes.js';

export const permRead = 4;
export const permWrite = 2;
const permInherit = 1;
export const autoCreatedQueues = 4;

/** A topic's configuration, with RocketMQ's names. */
export interface TopicConfig {
  readonly topicName: string;
  readonly readQueueNums: number;
  readonly writeQueueNums: number;
  readonly perm: number;
  readonly topicFilterType: string;
  readonly topicSysFlag: number;
  readonly order: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

const topicSchema = z.object({
  id: z.number().int().positive(),
  since: z.number().int().nonnegative(),
  config: z.object({
    topicName: z.string(),
    readQueueNums: z.number().int(),
    writeQueueNums: z.number().int(),
    perm: z.number().int(),
    topicFilterType: z.string(),
    topicSysFlag: z.number().int(),
    order: z.boolean(),
    attributes: z.record(z.string(), z.string()),
  }),
});
const fileSchema = z.object({
  version: z.literal(1),
  nextId: z.number().int().positive(),
  topics: z.array(topicSchema),
});
type Known = z.infer<typeof topicSchema>;

/** The topics there are; a change is on the disk when the call that made it returns. */
export class Topics {
  readonly #file: string;
  #topics: ReadonlyMap<string, Known> = new Map();
  #nextId = 1;

  /** Reads the file, or starts with the topics every broker has. Throws `StoreError` when it is damaged. */
  constructor(file: string) {
    this.#file = file;
    const content = readJsonFile(file);
    if (content === undefined) {
      this.put(newTopic(defaultTopic, autoCreatedQueues, { perm: permRead | permWrite | permInherit }), 0);
      return;
    }
    const result = fileSchema.safeParse(content);
    if (!result.success) throw damaged(file, result.error);
    this.#nextId = result.data.nextId;
    this.#topics = new Map(result.data.topics.map((topic) => [topic.config.topicName, topic]));
  }

  find(topic: string): TopicConfig | undefined {
    return this.#topics.get(topic)?.config;
  }

  *stored(): Generator<StoredTopic> {
    for (const { config, id, since } of this.#topics.values()) yield { name: config.topicName, id, since };
  }

  all(): TopicConfig[] {
    return [...this.#topics.values()].map((topic) => topic.config);
  }

  /** Adds or replaces. Returns what the store must know of a new topic, null for a known one. */
  put(config: TopicConfig, logEnd: number): StoredTopic | null {
    const known = this.#topics.get(config.topicName);
    const { id, since } = known ?? { id: this.#nextId, since: logEnd };
    const topic = { id, since, config: { ...config, attributes: { ...config.attributes } } };
    this.#replace(new Map(this.#topics).set(config.topicName, topic), Math.max(this.#nextId, id + 1));
    return known === undefined ? { name: config.topicName, id, since } : null;
  }

  remove(topic: string): boolean {
    const rest = new Map(this.#topics);
    const was = rest.delete(topic);
    if (was) this.#replace(rest, this.#nextId);
    return was;
  }

  /** The file first: what it does not take, as on a full disk, is not done at all. */
  #replace(topics: ReadonlyMap<string, Known>, nextId: number): void {
    replaceJsonFile(this.#file, { version: 1, nextId, topics: [...topics.values()] });
    this.#topics = topics;
    this.#nextId = nextId;
  }
}

export function newTopic(topicName: string, queues: number, more: Partial<TopicConfig> = {}): TopicConfig {
  return {
    topicName,
    readQueueNums: queues,
    writeQueueNums: queues,
    perm: permRead | permWrite,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: {},
    ...more,
  };
}
