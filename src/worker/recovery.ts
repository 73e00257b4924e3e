import type { Admin, OutMessage, Producer, Queue, QueueStats, Trail } from '../rocketmq/cluster.js';
import { ConnectorError, type Position } from '../sdk/index.js';
import type { Trace } from './lane.js';
import type { Positions } from './positions.js';
import { Generations } from './generations.js';
import { lostQueues, othersHaveSent } from './lost-tail.js';
import { queueName } from '../rocketmq/queue-name.js';
import { findIslands, type QueueTail } from './islands.js';
import { messagesPerLook } from './peek-unless-gone.js';
import type { Replay } from './replay.js';
import { rewindLost } from './rewind.js';
import { Stamper, stampProperty, stampText, type Stamp } from './stamp.js';
import type { Stored } from './source-hold.js';
import { isTornCopy } from './torn.js';

/**
 * What one source connector needs to send nothing twice: it stamps what is sent, knows after a crash or a
 * failed task what has arrived, and finds out what became of a send whose answer was lost.
 */
export class Recovery {
  readonly stamper = new Stamper();
  readonly #admin: Admin;
  readonly #trail: Trail;
  readonly #positions: Positions;
  readonly #stop: AbortSignal;
  /** What is found; null: it is to be looked for by whoever reads next. */
  #replays: Promise<ReadonlyMap<string, Replay>> | null = Promise.resolve(new Map());
  /** Partitions that are being read: nothing that is looked for meanwhile is about them. */
  readonly #active = new Set<string>();
  readonly #replaying = new Set<string>();
  readonly #generations: Generations;

  private constructor(
    connector: string,
    admin: Admin,
    trail: Trail,
    positions: Positions,
    stop: AbortSignal,
  ) {
    this.#generations = new Generations(connector, positions);
    this.#admin = admin;
    this.#trail = trail;
    this.#positions = positions;
    this.#stop = stop;
  }

  /**
   * Settles what the last worker left behind, and what other workers have sent. Null where the producer
   * leaves no trail.
   */
  static async start(
    options: {
      readonly connector: string;
      readonly admin: Admin;
      readonly producer: Producer;
      readonly positions: Positions;
      /** Where it sends to. */
      readonly topics: readonly string[];
      /** Whether another worker sent for this source until now, and its clients. */
      readonly stoodBy: boolean;
      readonly former: readonly string[];
      readonly warn: (message: string) => void;
    },
    stop: AbortSignal,
  ): Promise<Recovery | null> {
    const { connector, admin, producer, positions, topics, stoodBy, warn } = options;
    const { trail } = producer;
    if (trail === undefined) return null;
    const recovery = new Recovery(connector, admin, trail, positions, stop);
    const { clean, writers } = positions.left;
    const { trails } = positions;
    const tagOf = (partition: string): string => recovery.tagOf(partition);
    // A connector that is started anew in this process finds its own client: that one is alive.
    const dead = [...writers, ...options.former].filter((id) => id !== trail.clientId);
    const rewound = await rewindLost(
      { admin, trail, positions, generations: recovery.#generations, warn },
      positions.left.tails,
      dead,
      stop,
    );
    const ends = (await Promise.all(topics.map((topic) => admin.topic(topic)))).flatMap(
      (found) => found ?? [],
    );
    const tails = stoodBy ? withOthers(rewound.tails, ends) : rewound.tails;
    const tags = new Set(positions.partitions().map(tagOf));
    const sentByOthers = clean && !stoodBy && (await othersHaveSent(admin, tails, tags));
    if (sentByOthers)
      warn('a worker with another data directory has sent since: looking up what has arrived');
    if (!clean || stoodBy || sentByOthers || rewound.foundLoss) {
      const replays = await findIslands(
        admin,
        trail,
        tails,
        dead,
        recovery.#generations.counts,
        stop,
        rewound.partial,
      );
      // What lies before a position is known already, of partitions that have nothing new to read also.
      for (const partition of positions.partitions())
        replays.get(tagOf(partition))?.forgetBefore(positions.positionOf(partition));
      recovery.#replays = Promise.resolve(replays);
      // Where that is all, nothing is left to be looked up by anybody.
      if ([...replays.values()].some((replay) => !replay.isDone)) trails.hold(tails);
    }
    for (const stats of ends) trails.opened(stats, stats.max);
    for (const tail of tails) {
      for (const mark of [tail.first, tail.last]) if (mark !== null) trails.marked(tail, mark);
    }
    await positions.begin([trail.clientId]);
    return recovery;
  }

  /** Why what was sent must be looked up anew, now that the broker is back; null where it has lost nothing. */
  async checkBroker(broker: string): Promise<Error | null> {
    const tails = this.#positions.trails.tails().filter((tail) => tail.broker === broker);
    const [lost] = await lostQueues(this.#admin, this.#trail, tails, [], this.#stop);
    if (lost === undefined) return null;
    return new ConnectorError(
      'unavailable',
      `${queueName(lost)} does not hold any more what broker ${broker} had acknowledged`,
    );
  }

  /**
   * To be called before a send. What was stored by then lies before what is sent now; where it does not, the queue is
   * another one, and all must be looked up anew. Of two sends at once, by two tasks, either may be stored first.
   */
  sending(queue: Queue): Stored {
    const { trails } = this.#positions;
    const before = trails.lastOf(queue)?.offset ?? -1;
    return (messages, offset) => {
      const last = messages.at(-1);
      const stamp = last && stampText(last);
      if (offset === null || stamp === undefined) return null;
      if (offset <= before) {
        return new ConnectorError(
          'unavailable',
          `${queueName(queue)} took at offset ${String(offset)} what was sent behind offset ${String(before)}`,
        );
      }
      trails.marked(queue, { offset: offset + messages.length - 1, stamp });
      return null;
    };
  }

  /** See `Positions.anew`; the same, with what was found in the queues. The partition is not being read. */
  async goOnAnew(partition: string, position: Position): Promise<void> {
    const replays = await this.#replays;
    this.#generations.anew(partition);
    this.#positions.rewind(partition, position);
    await this.#positions.flush();
    if (replays === null) return;
    const tag = this.tagOf(partition);
    this.#replays = Promise.resolve(new Map([...replays].filter(([other]) => other !== tag)));
    await this.#release();
  }

  /** To be called before the first send to a queue: from its end on it may hold what the positions do not know of. */
  async meet(queue: Queue): Promise<void> {
    const { trails } = this.#positions;
    if (trails.knows(queue)) return;
    for (const stats of (await this.#admin.topic(queue.topic)) ?? []) trails.opened(stats, stats.max);
    await this.#positions.begin([this.#trail.clientId]);
  }

  /** What the partition is read from is another thing now: what was sent of it before has no bearing any more. */
  anew(partition: string): void {
    this.#generations.anew(partition);
  }

  /** Some task ended with sends under way: what became of them is looked up before the next one reads. */
  invalidate(): void {
    this.#replays = null;
  }

  tagOf(partition: string): string {
    return this.#generations.tagOf(partition);
  }

  /** What the partition's messages are stamped with. */
  stampFor(partition: string): Pick<Stamp, 'tag' | 'generation'> {
    return this.#generations.of(partition);
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
      const replay = replays.get(tag) ?? null;
      this.#active.add(tag);
      if (replay?.isDone === false) this.#replaying.add(tag);
      this.#positions.raise(partition, this.#generations.of(partition).generation);
      return replay;
    }
  }

  #lookUp(): Promise<ReadonlyMap<string, Replay>> {
    const tails = this.#positions.trails.tails();
    const active = new Set(this.#active);
    const looking = findIslands(
      this.#admin,
      this.#trail,
      tails,
      [],
      this.#generations.counts,
      this.#stop,
    ).then((found) => new Map([...found].filter(([tag]) => !active.has(tag))));
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
      const found = await this.#admin.peek(queue, end, messagesPerLook);
      for (const message of found) {
        const { properties, offset } = message;
        end = offset + 1;
        const next = messages[stored];
        const wanted = next && stampText(next);
        if (wanted !== undefined && properties[stampProperty] === wanted) {
          stored += 1;
          this.#positions.trails.marked(queue, { offset, stamp: wanted });
        } else if (next !== undefined && isTornCopy(message, next)) {
          stored += 1;
        }
        if (stored === messages.length) return { stored, end };
      }
      if (found.length === 0) return { stored, end };
    }
  }
}

/** Another worker has sent: to the queues we know behind our tails, to the others since their start. */
function withOthers(tails: readonly QueueTail[], ends: readonly QueueStats[]): readonly QueueTail[] {
  const known = new Set(tails.map(queueName));
  const others = ends.filter((stats) => !known.has(queueName(stats)));
  return [
    ...tails,
    ...others.map(({ topic, broker, queue, min }) => ({
      topic,
      broker,
      queue,
      offset: min,
      first: null,
      last: null,
    })),
  ];
}
