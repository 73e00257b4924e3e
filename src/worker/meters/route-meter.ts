import type { Queue } from '../../rocketmq/cluster.js';
import { queueName } from '../../rocketmq/queue-name.js';
import type { RouteStatus } from '../../store/index.js';
import { ClusterClocks } from './clock-skew.js';
import { CopiedMeter, type CopiedBatch } from './copied-meter.js';

/** Messages of one queue that were copied as one piece: how long the same number of them took. */
export interface Took {
  readonly latencyMs: number;
  readonly count: number;
}

/** What is known of a mirror's route, over all runs of it in this worker; told once a batch. */
export class RouteMeter {
  readonly total = new CopiedMeter(performance.now());
  readonly sourceClocks = new ClusterClocks();
  readonly targetClocks = new ClusterClocks();
  /** See `RouteStatus`. */
  noHeartbeats: string | null = 'the route is starting';
  readonly #topics = new Map<string, CopiedMeter>();
  readonly #queues = new Map<string, { readonly queue: Queue; readonly meter: CopiedMeter }>();

  copied(source: Queue, batch: CopiedBatch, took: readonly Took[]): void {
    const now = performance.now();
    for (const meter of this.#metersOf(source)) {
      meter.copied(batch, now);
      for (const { latencyMs, count } of took) meter.latency.add(latencyMs, count, now);
    }
  }

  /** A message that counts for nothing but how long it took. */
  heartbeat(latencyMs: number): void {
    this.total.latency.add(latencyMs, 1, performance.now());
  }

  missed(source: Queue, messages: number): void {
    for (const meter of this.#metersOf(source)) meter.missed(messages);
  }

  status(): RouteStatus {
    const now = performance.now();
    return {
      ...this.total.status(now),
      clock_skew: this.#skew(),
      no_heartbeats: this.noHeartbeats,
      topics: [...this.#topics].map(([topic, meter]) => ({ topic, ...meter.status(now) })),
      queues: [...this.#queues.values()].map(({ queue, meter }) => ({ ...queue, ...meter.status(now) })),
    };
  }

  #skew(): RouteStatus['clock_skew'] {
    const source = this.sourceClocks.estimate();
    const target = this.targetClocks.estimate();
    if (source === null || target === null) return null;
    return { ms: target.ms - source.ms, error_ms: source.errorMs + target.errorMs };
  }

  #metersOf(source: Queue): readonly CopiedMeter[] {
    const { topic, broker, queue } = source;
    const ofTopic = this.#topics.get(topic) ?? new CopiedMeter(performance.now());
    this.#topics.set(topic, ofTopic);
    const name = queueName(source);
    const ofQueue = this.#queues.get(name) ?? {
      queue: { topic, broker, queue },
      meter: new CopiedMeter(performance.now()),
    };
    this.#queues.set(name, ofQueue);
    return [this.total, ofTopic, ofQueue.meter];
  }
}
