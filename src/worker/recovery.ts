import type { Admin, OutMessage, Producer, Queue, Trail } from '../rocketmq/cluster.js';
import type { Trace } from './lane.js';
import type { Positions } from './positions.js';
import { findIslands } from './recover.js';
import type { Replay } from './replay.js';
import { Stamper, partitionTag, presentTags, stampProperty } from './stamp.js';

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
  /** What is found; null: it is to be looked for by whoever reads next. */
  #replays: Promise<ReadonlyMap<string, Replay>> | null = Promise.resolve(new Map());
  /** Partitions that are being read: nothing that is looked for meanwhile is about them. */
  readonly #active = new Set<string>();
  readonly #replaying = new Set<string>();
  readonly #tags = new Map<string, string>();
  /** What was sent before a person set the position must not be taken for what is read after it. */
  readonly #isPresent: (tag: string) => boolean;

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
    this.#isPresent = presentTags(connector, positions.generations(), positions.generation);
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
      const replays = await findIslands(admin, producer.trail, tails, writers, recovery.#isPresent, stop);
      recovery.#replays = Promise.resolve(replays);
      trails.hold(tails);
    }
    for (const stats of (await admin.topic(topic)) ?? []) trails.opened(stats, stats.max);
    await positions.begin([producer.trail.clientId]);
    return recovery;
  }

  /** Some task ended with sends under way: what became of them is looked up before the next one reads. */
  invalidate(): void {
    this.#replays = null;
  }

  tagOf(partition: string): string {
    let tag = this.#tags.get(partition);
    if (tag === undefined) {
      tag = partitionTag(this.#connector, partition, this.#positions.generationOf(partition));
      this.#tags.set(partition, tag);
    }
    return tag;
  }

  /**
   * What is known of the partition's messages; the caller reads it from now on, until `leave`. Rejects when
   * that cannot be looked up: then the next call tries again.
   */
  async enter(partition: string): Promise<Replay | null> {
    const tag = this.tagOf(partition);
    for (;;) {
      const looking = (this.#replays ??= this.#lookUp());
      const replays = await looking;
      if (looking !== this.#replays) continue;
      this.#active.add(tag);
      return replays.get(tag) ?? null;
    }
  }

  #lookUp(): Promise<ReadonlyMap<string, Replay>> {
    const tails = this.#positions.trails.tails();
    const active = new Set(this.#active);
    const looking = findIslands(this.#admin, this.#trail, tails, [], this.#isPresent, this.#stop).then(
      (found) => new Map([...found].filter(([tag]) => !active.has(tag))),
    );
    looking.catch(() => {
      if (this.#replays === looking) this.#replays = null;
    });
    return looking;
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
    if (replays === null) return;
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
