import { setTimeout as delay } from 'node:timers/promises';
import type { MirrorDefinition } from '../job/definition.js';
import type { Cluster, Queue, QueueReader, ReaderOptions } from '../rocketmq/cluster.js';
import { queueName } from '../rocketmq/queue-name.js';
import type { JsonObject } from '../sdk/index.js';
import { isRetryable } from '../worker/failure.js';
import { allInTurn } from '../worker/in-turn.js';
import type { Positions } from '../worker/positions.js';
import { dealQueues } from '../worker/queue-deal.js';
import type { QueueMarks } from '../worker/queue-marks.js';
import type { Feed, FeedTools } from '../worker/source-runner.js';
import type { Companions } from './companion.js';
import { CopyWay, type Lead } from './copy-way.js';
import type { Places } from './places.js';
import { QueueInlet } from './queue-inlet.js';
import { RateLimit } from './rate-limit.js';
import type { TopicRoutes } from './topic-routes.js';

export interface MirrorFeedOptions {
  readonly definition: MirrorDefinition;
  readonly from: Cluster;
  readonly positions: Positions;
  readonly routes: TopicRoutes;
  readonly marks: QueueMarks;
  readonly places: Places;
  readonly companions: Companions;
  readonly open: (queue: Queue, offset: number, options: ReaderOptions) => QueueReader;
  /** Given: it ends where the queues end when this resolves. */
  readonly sourcesEnded: Promise<void> | null;
  readonly warn: (message: string) => void;
}

/** Bytes asked ahead or waiting to be taken, for all queues of a task; a queue gets no less than `leastAhead`. */
const aheadBytes = 16 * 1024 * 1024;
const leastAhead = 256 * 1024;

/** A started mirror: deals its queues over tasks, and follows the topics of the source. */
export class MirrorFeed implements Feed {
  readonly #options: MirrorFeedOptions;
  readonly #rate: RateLimit;
  readonly #ends: Promise<ReadonlyMap<string, number>> | null;
  #hands: readonly (readonly Queue[])[] = [];

  constructor(options: MirrorFeedOptions) {
    this.#options = options;
    const { recordsPerS, bytesPerS } = options.definition.rate;
    this.#rate = new RateLimit({ records: recordsPerS, bytes: bytesPerS });
    this.#ends = options.sourcesEnded === null ? null : this.#endsAfter(options.sourcesEnded);
    this.#ends?.catch(() => undefined);
  }

  get topics(): readonly string[] {
    return this.#options.routes.current.map(({ target }) => target);
  }

  /**
   * Looks whether the queues that were read before still are what they were. At the first start it settles where all
   * of them begin: told for some of them only, a start that is cut off would have the others read from their start.
   */
  async settle(): Promise<void> {
    const { definition, positions, places } = this.#options;
    const leads = this.#leads();
    if (positions.partitions().length === 0 && definition.start !== 'earliest') {
      await places.begin(leads);
      return;
    }
    for (const { source, target } of leads) {
      if (positions.positionOf(queueName(source)) === null) continue;
      await places.settle(source, target, null, () => undefined);
    }
  }

  tasks(max: number): Promise<readonly JsonObject[]> {
    const sources = this.#leads().map(({ source }) => source);
    this.#hands = dealQueues(sources, max, this.#hands);
    return Promise.resolve(this.#hands.map((hand) => ({ queues: hand.map(queueName) })));
  }

  async watch(changed: () => void, signal: AbortSignal): Promise<void> {
    const { routes, definition, warn } = this.#options;
    let trouble: string | null = null;
    const pause = (): Promise<boolean> =>
      delay(definition.sync.topicsMs, true, { signal }).catch(() => false);
    while (await pause()) {
      const before = this.#signature();
      try {
        await routes.refresh();
        trouble = null;
      } catch (error) {
        if (!(error instanceof Error) || !isRetryable(error)) throw error;
        if (trouble !== error.message) warn(`topics cannot be looked for at the moment: ${error.message}`);
        trouble = error.message;
      }
      if (this.#signature() !== before) changed();
    }
  }

  async open(task: JsonObject, tools: FeedTools): Promise<CopyWay> {
    const { definition, positions, places, companions, marks, open } = this.#options;
    const { monitor, recovery, producer } = tools;
    const wanted = new Set(Array.isArray(task.queues) ? task.queues : []);
    const leads = this.#leads().filter(({ source }) => wanted.has(queueName(source)));
    const missed = (messages: number): void => {
      monitor.missed(messages);
    };
    const reached = new Map<string, number>();
    for (const { source, target } of leads) {
      reached.set(queueName(source), await places.settle(source, target, recovery, missed));
    }
    await positions.flush();
    const maxBytes = Math.max(leastAhead, Math.floor(aheadBytes / Math.max(1, leads.length)));
    const inlet = new QueueInlet(
      leads.map(({ source }) => ({
        source,
        reader: open(source, reached.get(queueName(source)) ?? 0, {
          maxBytes,
          moved: (moved) => places.moved(source, moved, missed),
        }),
      })),
    );
    const ends = this.#watchEnds(inlet);
    return new CopyWay({
      definition,
      inlet,
      producer,
      leads: new Map(leads.map((lead) => [queueName(lead.source), lead])),
      companion: companions,
      marks,
      rate: this.#rate,
      isDone: () => {
        const known = ends();
        return known !== null && leads.every(({ source }) => isReached(known, reached, queueName(source)));
      },
      readTo: (source, offset) => {
        reached.set(queueName(source), offset);
      },
    });
  }

  close(): Promise<void> {
    const { companions, marks } = this.#options;
    return allInTurn(
      () => companions.close(),
      () => marks.close(),
    );
  }

  #leads(): readonly Lead[] {
    return this.#options.routes.current.flatMap(({ target: topic, queues }) =>
      queues.map(({ source, target }) => ({ source, target, topic })),
    );
  }

  /** Two plans with the same queues need no other tasks. */
  #signature(): string {
    return this.#leads()
      .map(({ source, target }) => `${queueName(source)} ${target === null ? '' : queueName(target)}`)
      .join('\n');
  }

  /** Null while they are not known. */
  #watchEnds(inlet: QueueInlet): () => ReadonlyMap<string, number> | null {
    let known: ReadonlyMap<string, number> | null = null;
    void this.#ends
      ?.then((ends) => {
        known = ends;
        inlet.look();
      })
      .catch((error: unknown) => {
        inlet.fail(error);
      });
    return () => known;
  }

  async #endsAfter(sourcesEnded: Promise<void>): Promise<ReadonlyMap<string, number>> {
    await sourcesEnded;
    const ends = new Map<string, number>();
    for (const { topic } of this.#options.routes.current) {
      for (const stats of (await this.#options.from.admin.topic(topic)) ?? [])
        ends.set(queueName(stats), stats.max);
    }
    return ends;
  }
}

function isReached(
  ends: ReadonlyMap<string, number>,
  reached: ReadonlyMap<string, number>,
  queue: string,
): boolean {
  return (reached.get(queue) ?? 0) >= (ends.get(queue) ?? 0);
}
