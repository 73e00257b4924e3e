import type { Admin, OutMessage, Producer, Queue, Trail } from '../rocketmq/cluster.js';
import type { Trace } from './lane.js';
import type { Positions } from './positions.js';
import { findIslands } from './recover.js';
import type { Replay } from './replay.js';
import { Stamper, partitionTag, stampProperty } from './stamp.js';

/**
 * What one source connector needs to send nothing twice: it stamps what is sent, knows after a crash or a
 * failed task what has arrived, and finds out what became of a send whose answer was lost.
 */
export class Recovery {
  readonly stamper = new Stamper();
  readonly #connector: string;
  readonly #admin: Admin;
  readonly #trail: Trail;
  readonly #positions: Positions;
  readonly #stop: AbortSignal;
  #replays: Promise<ReadonlyMap<string, Replay>>;
  /** Partitions that are being read: nothing that is found is about them. */
  readonly #active = new Set<string>();
  readonly #replaying = new Set<string>();
  readonly #tags = new Map<string, string>();

  private constructor(
    connector: string,
    admin: Admin,
    trail: Trail,
    positions: Positions,
    stop: AbortSignal,
  ) {
    this.#connector = connector;
    this.#admin = admin;
    this.#trail = trail;
    this.#positions = positions;
    this.#stop = stop;
    this.#replays = Promise.resolve(new Map());
  }

  /** Settles what the last worker left behind. Null where the producer leaves no trail. */
  static async start(
    options: {
      readonly connector: string;
      readonly admin: Admin;
      readonly producer: Producer;
      readonly positions: Positions;
      readonly topic: string;
    },
    stop: AbortSignal,
  ): Promise<Recovery | null> {
    const { connector, admin, producer, positions, topic } = options;
    if (producer.trail === undefined) return null;
    const recovery = new Recovery(connector, admin, producer.trail, positions, stop);
    const { clean, tails, writers } = positions.left;
    const { trails } = positions;
    if (!clean) {
      const replays = await findIslands(admin, producer.trail, tails, writers, stop);
      recovery.#replays = Promise.resolve(replays);
      trails.hold(tails);
    }
    for (const stats of (await admin.topic(topic)) ?? []) trails.opened(stats, stats.max);
    await positions.begin([producer.trail.clientId]);
    return recovery;
  }

  /** Some task ended with sends under way: what became of them is looked up before the next one reads. */
  invalidate(): void {
    const { trails } = this.#positions;
    this.#replays = findIslands(this.#admin, this.#trail, trails.tails(), [], this.#stop).then(
      (found) => new Map([...found].filter(([tag]) => !this.#active.has(tag))),
    );
    // Whoever reads next awaits it, and fails with it.
    this.#replays.catch(() => undefined);
  }

  tagOf(partition: string): string {
    let tag = this.#tags.get(partition);
    if (tag === undefined) {
      tag = partitionTag(this.#connector, partition);
      this.#tags.set(partition, tag);
    }
    return tag;
  }

  /** What is known of the partition's messages; the caller reads it from now on, until `leave`. */
  async enter(partition: string): Promise<Replay | null> {
    const tag = this.tagOf(partition);
    this.#active.add(tag);
    return (await this.#replays).get(tag) ?? null;
  }

  leave(partition: string): void {
    const tag = this.tagOf(partition);
    this.#active.delete(tag);
    this.#replaying.delete(tag);
  }

  /** Called after each read: lets go of the tails once nothing in them is of interest any more. */
  async read(partition: string, isReplaying: boolean): Promise<void> {
    const tag = this.tagOf(partition);
    if (isReplaying) this.#replaying.add(tag);
    else if (this.#replaying.delete(tag)) await this.#release();
  }

  async #release(): Promise<void> {
    const replays = await this.#replays;
    const allDone = [...replays.values()].every((replay) => replay.isDone);
    if (allDone && this.#replaying.size === 0) this.#positions.trails.release();
  }

  traceOf(queue: Queue): Trace {
    const { trails } = this.#positions;
    return {
      end: () => trails.endOf(queue),
      find: (from, messages) => this.#find(queue, from, messages),
    };
  }

  async #find(
    queue: Queue,
    from: number,
    messages: readonly OutMessage[],
  ): Promise<{ stored: number; end: number }> {
    await this.#trail.settle(queue, [], this.#stop);
    let stored = 0;
    let end = from;
    for (;;) {
      const found = await this.#admin.peek(queue, end, 1_024);
      for (const { properties, offset } of found) {
        end = offset + 1;
        const wanted = messages[stored]?.properties?.[stampProperty];
        if (wanted !== undefined && properties[stampProperty] === wanted) stored += 1;
        if (stored === messages.length) return { stored, end };
      }
      if (found.length === 0) return { stored, end };
    }
  }
}
