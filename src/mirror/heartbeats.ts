import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer, Queue } from '../rocketmq/cluster.js';
import { errorText } from '../sdk/index.js';
import type { RouteMeter } from '../worker/meters/route-meter.js';
import type { Companion, CompanionContext, Copied } from './companion.js';
import { heartbeatTopic } from './heartbeat-topic.js';
import { tookOf } from './route-numbers.js';

/** A message that was stored at a moment between two of ours, and shows its broker's clock when it is looked at. */
interface Sighted {
  readonly queue: Queue;
  readonly offset: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Sends small messages to the source, each with the route's name as its key, and hears of those that were copied: an idle
 * route has a latency, too, and the brokers' clocks are told by when they stored them. What goes wrong here stops nothing:
 * the meter says why there are none.
 */
export class Heartbeats implements Companion {
  readonly #context: CompanionContext;
  readonly #meter: RouteMeter;
  readonly #everyMs: number;
  readonly #producer: Producer;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  /** By broker: what was sent last, to be looked at in the next round, when it can surely be read. */
  readonly #sent = new Map<string, Sighted>();
  readonly #arrived = new Map<string, Sighted>();

  private constructor(context: CompanionContext, meter: RouteMeter, everyMs: number) {
    this.#context = context;
    this.#meter = meter;
    this.#everyMs = everyMs;
    this.#producer = context.from.producer(`connect-heartbeats-${context.definition.name}`);
    this.#ended = this.#run();
  }

  static start(context: CompanionContext, meter: RouteMeter, everyMs: number): Heartbeats {
    return new Heartbeats(context, meter, everyMs);
  }

  copied(copied: Copied): void {
    const { source, target, messages, targetFirst } = copied;
    if (source.topic !== heartbeatTopic) return;
    const now = Date.now();
    const { sourceClocks } = this.#meter;
    for (const { latencyMs, count } of tookOf(copied, now, sourceClocks))
      for (let beat = 0; beat < count; beat += 1) this.#meter.heartbeat(latencyMs);
    const last = messages.at(-1);
    const skew = sourceClocks.of(source.broker).estimate();
    if (last === undefined || targetFirst === null || skew === null) return;
    // It was not in the target before it was in the source.
    const from = Math.min(now, last.storedAt - skew.ms - skew.errorMs);
    this.#arrived.set(target.broker, {
      queue: target,
      offset: targetFirst + messages.length - 1,
      from,
      to: now,
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    await this.#producer.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#look();
        await this.#beat(signal);
        this.#meter.noHeartbeats = null;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#meter.noHeartbeats = errorText(error);
      }
      // Rejects only when it is time to end.
      await sleep(this.#everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One to each broker of the source. */
  async #beat(signal: AbortSignal): Promise<void> {
    const { name } = this.#context.definition;
    for (const queue of onePerBroker(await this.#producer.queues(heartbeatTopic))) {
      const from = Date.now();
      const { offset } = await this.#producer.send(queue, [{ body: Buffer.from(name), key: name }], signal);
      if (offset !== null) this.#sent.set(queue.broker, { queue, offset, from, to: Date.now() });
    }
  }

  async #look(): Promise<void> {
    const { from, to } = this.#context;
    for (const [sightings, { admin }, clocks] of [
      [this.#sent, from, this.#meter.sourceClocks],
      [this.#arrived, to, this.#meter.targetClocks],
    ] as const) {
      for (const [broker, { queue, offset, ...ours }] of [...sightings]) {
        sightings.delete(broker);
        const [message] = await admin.peek(queue, offset, 1);
        if (message?.offset === offset) clocks.of(broker).seen(message.storedAt, ours);
      }
    }
  }
}

function onePerBroker(queues: readonly Queue[]): readonly Queue[] {
  return [...new Map(queues.map((queue) => [queue.broker, queue])).values()];
}
