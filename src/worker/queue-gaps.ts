import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, Moved, Queue } from '../rocketmq/cluster.js';
import { ConnectorError } from '../sdk/index.js';
import { queueName } from '../rocketmq/queue-name.js';
import type { QueueMarks } from './queue-marks.js';

export interface QueueGapsOptions {
  /** Whose place it is: `group G`. */
  readonly who: string;
  /** What the queue holds: the offset of its first message, and its end. */
  readonly ends: (queue: Queue) => Promise<{ readonly min: number; readonly max: number }>;
  readonly onGap: 'fail' | 'skip';
  /** Null where offsets belong to this client, not to the queue. */
  readonly marks: QueueMarks | null;
  readonly warn: (message: string) => void;
  /** So many messages were gone before they were read. */
  readonly missed: (messages: number) => void;
}

/** Asks the brokers. */
export function endsFor(consumer: Pick<Consumer, 'offsetFor'>): QueueGapsOptions['ends'] {
  return async (queue) => {
    const [min, max] = await Promise.all([
      consumer.offsetFor(queue, 'earliest'),
      consumer.offsetFor(queue, 'latest'),
    ]);
    return { min, max };
  };
}

/** So long a broker that has just started may take to count up to its queues' ends. */
const recoveryMs = 5_000;
const lookEveryMs = 250;

/** Decides what to do where a queue does not hold the offset at which a sink wants to go on. */
export class QueueGaps {
  readonly #options: QueueGapsOptions;

  constructor(options: QueueGapsOptions) {
    this.#options = options;
  }

  /**
   * Where to start in a queue of which everything below `offset` is done. A smaller offset than that means
   * that the queue is another one, or has lost its end. Throws `config` where messages are gone and `on_gap`
   * says so.
   */
  async start(queue: Queue, offset: number): Promise<number> {
    const { who, marks, warn } = this.#options;
    const { min, max } = await this.#options.ends(queue);
    const place = `${queueName(queue)}, where ${who} stands at ${String(offset)},`;
    if (offset > max) return this.#beyond(queue, offset, place);
    if ((await marks?.judge(queue, min, max)) === 'another') {
      warn(`${place} was made anew: it holds other messages there; reading it from its start`);
      marks?.forget(queue);
      return min;
    }
    return offset < min ? this.#missed(queue, offset, min) : offset;
  }

  /** Where to start in a queue the group has no offset for, though it was read before; null: it was not. */
  async anew(queue: Queue): Promise<number | null> {
    const { marks, warn } = this.#options;
    const { min, max } = await this.#options.ends(queue);
    const verdict = (await marks?.judge(queue, min, max)) ?? 'never';
    if (verdict === 'never' || verdict === 'same') return null;
    warn(`${queueName(queue)} was made anew; reading it from its start`);
    marks?.forget(queue);
    return min;
  }

  /** Where to go on, when a reader finds that the queue does not hold its place. Throws like `start`. */
  async moved(queue: Queue, { from, min }: Moved): Promise<number> {
    if (from < min) return this.#missed(queue, from, min);
    const end = await this.#endAfterRecovery(queue, from);
    if (end >= from) return from;
    throw new ConnectorError(
      'unavailable',
      `${queueName(queue)} ends at ${String(end)}, before offset ${String(from)}, which was read up to`,
    );
  }

  async #beyond(queue: Queue, offset: number, place: string): Promise<number> {
    const { marks, warn } = this.#options;
    if ((await this.#endAfterRecovery(queue, offset)) >= offset) return offset;
    const { min, max } = await this.#options.ends(queue);
    if ((await marks?.judge(queue, min, max)) === 'same') {
      warn(
        `${place} ends at ${String(max)}: the broker has lost its end, which was read already; going on there`,
      );
      return max;
    }
    warn(`${place} ends at ${String(max)}: the topic was made anew; reading it from its start`);
    marks?.forget(queue);
    return min;
  }

  #missed(queue: Queue, from: number, min: number): number {
    const { onGap, warn, missed, who } = this.#options;
    const what = `${queueName(queue)}: ${String(min - from)} messages (offsets ${String(from)} to ${String(min - 1)}) are gone before ${who} read them`;
    if (onGap === 'fail') {
      throw new ConnectorError('config', `${what}; on_gap: skip goes on behind them`, {
        hint: 'they have expired, or the broker lost them; set on_gap: skip in the job file to go on without them',
      });
    }
    warn(`${what}; going on behind them`);
    missed(min - from);
    return min;
  }

  /** The queue's end, once it has reached `expected` or has had time to. */
  async #endAfterRecovery(queue: Queue, expected: number): Promise<number> {
    const deadline = performance.now() + recoveryMs;
    for (;;) {
      const { max } = await this.#options.ends(queue);
      if (max >= expected || performance.now() >= deadline) return max;
      await delay(lookEveryMs);
    }
  }
}
