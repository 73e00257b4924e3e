import type { ConnectorDefinition } from '../job/definition.js';
import type { Cluster } from '../rocketmq/cluster.js';
import { ConnectorError } from '../sdk/index.js';
import { needingPerson } from './failure.js';

/** The topics of one cluster that connectors need: each is looked for, and made, once. */
export class Topics {
  readonly #cluster: Cluster;
  readonly #onCreated: (connector: string, topic: string, queues: number) => void;
  readonly #ensured = new Map<string, Promise<void>>();

  constructor(cluster: Cluster, onCreated: (connector: string, topic: string, queues: number) => void) {
    this.#cluster = cluster;
    this.#onCreated = onCreated;
  }

  /** Resolves when they are there; made where the definition allows it, else throws `config`. */
  async ensure(definition: ConnectorDefinition, topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      const ensured = this.#ensured.get(topic) ?? this.#ensure(definition, topic);
      this.#ensured.set(topic, ensured);
      try {
        await ensured;
      } catch (error) {
        this.#ensured.delete(topic);
        throw error;
      }
    }
  }

  async #ensure(definition: ConnectorDefinition, topic: string): Promise<void> {
    const { admin, address } = this.#cluster;
    if (await admin.topicExists(topic)) return;
    if (definition.createTopics === null) {
      throw new ConnectorError('config', `topic ${topic} does not exist on ${address}`, {
        hint: 'create it, or take create_topics: false out of the job file',
      });
    }
    const { queues } = definition.createTopics;
    await needingPerson(admin.createTopic({ topic, queues }));
    this.#onCreated(definition.name, topic, queues);
  }
}
