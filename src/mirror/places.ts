import type { MirrorDefinition } from '../job/definition.js';
import type { Cluster, Moved, Queue } from '../rocketmq/cluster.js';
import { RocketmqError } from '../rocketmq/errors.js';
import { queueName } from '../rocketmq/queue-name.js';
import type { Positions } from '../worker/positions.js';
import { QueueGaps } from '../worker/queue-gaps.js';
import type { QueueMarks } from '../worker/queue-marks.js';
import type { Recovery } from '../worker/recovery.js';
import type { Companion } from './companion.js';
import type { Lead } from './copy-way.js';
import { heartbeatTopic } from './heartbeat-topic.js';

export interface PlacesOptions {
  readonly definition: MirrorDefinition;
  readonly from: Cluster;
  readonly positions: Positions;
  /** Those there are when it starts. */
  readonly queues: readonly Queue[];
  readonly marks: QueueMarks;
  readonly companion: Required<Companion>;
  readonly warn: (message: string) => void;
}

/** Where each queue of the source is read from. */
export class Places {
  readonly #options: PlacesOptions;
  /** Names of the queues that the job's `start` is about: others were added since, and are read from their start. */
  readonly #first: ReadonlySet<string>;

  constructor(options: PlacesOptions) {
    this.#options = options;
    const { positions, queues } = options;
    this.#first = new Set(positions.partitions().length === 0 ? queues.map(queueName) : []);
  }

  /** Where all of them begin at the first start: known for all of them, or for none. */
  async begin(leads: readonly Pick<Lead, 'source' | 'target'>[]): Promise<void> {
    const { positions } = this.#options;
    const starts = await Promise.all(leads.map(({ source }) => this.#startOf(source)));
    for (const [index, { source, target }] of leads.entries())
      positions.place(queueName(source), starts[index] ?? 0, target);
    await positions.flush();
  }

  /**
   * Where to go on, which is its position from now on. Throws `config` where messages are gone, and `on_gap` says so.
   * `recovery` is null before it is known what the last run has sent.
   */
  async settle(
    source: Queue,
    target: Queue | null,
    recovery: Recovery | null,
    missed: (messages: number) => void,
  ): Promise<number> {
    const { positions, companion } = this.#options;
    const partition = queueName(source);
    const known = positions.positionOf(partition);
    if (typeof known !== 'number') {
      const start = await this.#startOf(source);
      positions.place(partition, start, target);
      return start;
    }
    const next = await this.#gaps(source, missed).start(source, known);
    if (next === known && sameQueue(positions.queueOf(partition), target)) return known;
    positions.place(partition, next, target);
    if (next > known) companion.gap(source, known, next);
    if (next < known) {
      if (recovery === null) positions.raise(partition, positions.generationOf(partition) + 1);
      else recovery.anew(partition);
    }
    return next;
  }

  /** Where a reader goes on that finds that the queue does not hold its place. Throws like `settle`. */
  async moved(source: Queue, moved: Moved, missed: (messages: number) => void): Promise<number> {
    const next = await this.#gaps(source, missed).moved(source, moved);
    if (next > moved.from) this.#options.companion.gap(source, moved.from, next);
    return next;
  }

  async #startOf(source: Queue): Promise<number> {
    const { definition, from } = this.#options;
    const start = startOf(source, definition, this.#first.has(queueName(source)));
    if (typeof start === 'number') return from.admin.offsetAt(source, start);
    const { min, max } = await this.#ends(source);
    return start === 'earliest' ? min : max;
  }

  /** What the queue holds. */
  async #ends({ topic, broker, queue }: Queue): Promise<{ readonly min: number; readonly max: number }> {
    const stats = await this.#options.from.admin.topic(topic);
    const found = stats?.find((one) => one.broker === broker && one.queue === queue);
    if (found !== undefined) return found;
    throw new RocketmqError(
      'unreachable',
      `queue ${String(queue)} of ${topic} on ${broker} of ${this.#options.definition.from.name} is not there at the moment`,
    );
  }

  /** Heartbeats that expired while nobody listened are missed by nobody. */
  #gaps({ topic }: Queue, missed: (messages: number) => void): QueueGaps {
    const { definition, marks, warn } = this.#options;
    const isHeartbeats = topic === heartbeatTopic;
    return new QueueGaps({
      who: definition.name,
      ends: (queue) => this.#ends(queue),
      onGap: isHeartbeats ? 'skip' : definition.onGap,
      marks,
      warn: isHeartbeats ? () => undefined : warn,
      missed: isHeartbeats ? () => undefined : missed,
    });
  }
}

/** Queues that were added since are read from their start; what beat before nobody listened tells nothing. */
function startOf({ topic }: Queue, { start }: MirrorDefinition, isFirst: boolean): MirrorDefinition['start'] {
  if (topic === heartbeatTopic) return 'latest';
  return isFirst ? start : 'earliest';
}

const sameQueue = (a: Queue | null, b: Queue | null): boolean =>
  (a === null ? '' : queueName(a)) === (b === null ? '' : queueName(b));
