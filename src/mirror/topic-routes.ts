import type { MirrorDefinition } from '../job/definition.js';
import type { Cluster, Queue } from '../rocketmq/cluster.js';
import { queueName } from '../rocketmq/queue-name.js';
import { systemTopics } from '../rocketmq/system-topics.js';
import { ConnectorError } from '../sdk/index.js';
import type { Positions } from '../worker/positions.js';
import type { RunnerContext } from '../worker/runner.js';
import { heartbeatTopic } from './heartbeat-topic.js';
import { copies, isGlob, renamed } from './patterns.js';
import { planQueues } from './queue-plan.js';
import { changesFor, queuesOf, refusalOf, settle } from './target-topic.js';

export interface TopicRoute {
  readonly topic: string;
  /** Its name on the target. */
  readonly target: string;
  /** `target` is null where messages go by their keys. */
  readonly queues: readonly { readonly source: Queue; readonly target: Queue | null }[];
}

export interface TopicRoutesOptions {
  readonly definition: MirrorDefinition;
  readonly from: Cluster;
  readonly to: Cluster;
  readonly positions: Positions;
  readonly emit: RunnerContext['emit'];
  readonly once: boolean;
  /** Whether heartbeats are copied besides what the job names. */
  readonly heartbeats: boolean;
}

/** Finds the topics of a route, and makes them on the target what they have to be. */
export class TopicRoutes {
  readonly #options: TopicRoutesOptions;
  #routes: readonly TopicRoute[] = [];
  /** What was said of topics, so that it is said once. */
  #told = new Set<string>();

  constructor(options: TopicRoutesOptions) {
    this.#options = options;
  }

  get current(): readonly TopicRoute[] {
    return this.#routes;
  }

  /** Looks anew. Throws `config` where a topic cannot be mirrored that the job names itself. */
  async refresh(): Promise<void> {
    const topics = await this.#topics();
    const targets = (await this.#options.to.admin.brokers()).map(({ broker }) => broker);
    const brokers = [...new Set(targets)].sort();
    const routes: TopicRoute[] = [];
    for (const topic of topics) {
      const route = await this.#route(topic, brokers);
      if (route !== null) routes.push(route);
    }
    for (const { topic } of this.#routes) {
      if (topics.includes(topic)) continue;
      this.#tell(
        `topic ${topic} is gone from ${this.#options.definition.from.name}: it is not copied any more`,
      );
    }
    this.#routes = routes;
  }

  async #topics(): Promise<readonly string[]> {
    const { definition, from, once } = this.#options;
    const isSystem = systemTopics(await from.admin.brokers());
    const there = await from.admin.topics();
    const wanted = there.filter((topic) => copies(definition, topic, isSystem));
    const named = definition.topics.filter((pattern) => !isGlob(pattern));
    for (const topic of named.filter((name) => !there.includes(name))) {
      const message = `there is no topic ${topic} on ${definition.from.name}`;
      if (once) {
        throw new ConnectorError('config', message, { hint: 'create it, or take it out of topics:' });
      }
      this.#tell(`${message} yet: it is copied when it is there`);
    }
    const also = this.#options.heartbeats && there.includes(heartbeatTopic) ? [heartbeatTopic] : [];
    return [...new Set([...wanted, ...also])].sort();
  }

  /** Null: it is not copied, and that was said. */
  async #route(topic: string, brokers: readonly string[]): Promise<TopicRoute | null> {
    const { definition, from, to, positions, emit } = this.#options;
    const settings = await from.admin.brokerTopics(topic);
    const refusal = refusalOf(settings);
    if (refusal !== null) {
      const message = `topic ${topic} of ${definition.from.name} cannot be mirrored: ${refusal}`;
      if (definition.topics.includes(topic)) {
        throw new ConnectorError('config', message, { hint: 'take it out of topics:' });
      }
      this.#tell(`${message}; it is left out`);
      return null;
    }
    const sources = queuesOf(topic, settings);
    const target = renamed(definition.rename, definition.from.name, topic);
    const given = new Map(
      sources.flatMap((source) => {
        const queue = positions.queueOf(queueName(source));
        return queue === null ? [] : [[queueName(source), queue] as const];
      }),
    );
    const plan = planQueues(sources, target, brokers, given);
    const current = await to.admin.brokerTopics(target);
    const isSame = definition.queues === 'same';
    const needed = isSame || current.size === 0 ? plan.needed : new Map<string, number>();
    const changes = changesFor(settings, current, brokers, needed);
    const done = await settle(definition, to, target, changes, current.size > 0);
    if (done !== null) emit({ type: 'topic_created', message: done });
    return {
      topic,
      target,
      queues: sources.map((source) => ({
        source,
        target: isSame ? (plan.targets.get(queueName(source)) ?? null) : null,
      })),
    };
  }

  #tell(message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#options.emit({ type: 'warning', message });
  }
}
