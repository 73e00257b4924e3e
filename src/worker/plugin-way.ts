import type { SourceDefinition } from '../job/definition.js';
import type { OutMessage, Producer, Queue } from '../rocketmq/cluster.js';
import type { RocketmqError } from '../rocketmq/errors.js';
import { ConnectorError, type SourceRecord, type SourceTask } from '../sdk/index.js';
import { conversionFailure } from './bad-records.js';
import type { FailedRecord } from './dead-letter.js';
import type { Positions } from './positions.js';
import { emptiestQueue } from './queue-deal.js';
import { failedSourceRecord, sourceMessage } from './source-message.js';
import type { Way } from './way.js';

const limits = { maxMessages: 2_000, maxBytes: 1024 * 1024 };

/** A plugin's records: transforms → format → the topic's queues, a partition always to one of them unless spread. */
export class PluginWay implements Way<SourceRecord> {
  readonly inFlightBytes = 2 * 1024 * 1024;
  readonly committed: Way['committed'];
  readonly holds: Way['holds'];
  readonly #definition: SourceDefinition;
  readonly #task: SourceTask;
  readonly #producer: Producer;
  readonly #positions: Positions;
  readonly #dealt = new Map<string, Queue>();
  #nextSpread = 0;

  constructor(definition: SourceDefinition, task: SourceTask, producer: Producer, positions: Positions) {
    this.#definition = definition;
    this.#task = task;
    this.#producer = producer;
    this.#positions = positions;
    this.committed =
      task.committed &&
      (async (partition, position) => {
        await task.committed?.(partition, position);
      });
    this.holds = task.holds?.bind(task);
  }

  read(signal: AbortSignal): ReturnType<SourceTask['read']> {
    return this.#task.read(signal);
  }

  message(record: SourceRecord): OutMessage | null {
    return sourceMessage(record, this.#definition);
  }

  unmade(partition: string, record: SourceRecord, error: unknown): FailedRecord {
    return failedSourceRecord(this.#definition.topic, partition, record, conversionFailure(error));
  }

  refused(partition: string, record: SourceRecord, error: RocketmqError): FailedRecord {
    return failedSourceRecord(this.#definition.topic, partition, record, { stage: 'send', error });
  }

  queue(partition: string): Promise<Queue> {
    return this.#definition.order === 'none' ? this.#nextQueue() : this.#queueOf(partition);
  }

  batch(): typeof limits {
    return limits;
  }

  /** The same for the whole run, in which what went to one queue may still be under way when another is planned. */
  async #queueOf(partition: string): Promise<Queue> {
    const queue = this.#dealt.get(partition) ?? (await this.#deal(partition));
    this.#dealt.set(partition, queue);
    return queue;
  }

  async #deal(partition: string): Promise<Queue> {
    const remembered = this.#positions.queueOf(partition);
    if (
      remembered?.topic === this.#definition.topic &&
      this.#producer.knows(remembered) &&
      !(await this.#isTakenAway(remembered))
    )
      return remembered;
    const queue = emptiestQueue(await this.#queues(), this.#positions.queues());
    if (queue === undefined) throw this.#noQueue();
    await this.#positions.assign(partition, queue);
    return queue;
  }

  /** Its broker takes messages for the topic, but has fewer queues of it. One that is away may come back with all. */
  async #isTakenAway({ broker, queue }: Queue): Promise<boolean> {
    const queues = await this.#queues().catch(() => []);
    const its = queues.filter((other) => other.broker === broker);
    return its.length > 0 && !its.some((other) => other.queue === queue);
  }

  async #nextQueue(): Promise<Queue> {
    const queues = await this.#queues();
    const queue = queues[this.#nextSpread % queues.length];
    this.#nextSpread += 1;
    if (queue === undefined) throw this.#noQueue();
    return queue;
  }

  #queues(): Promise<readonly Queue[]> {
    return this.#producer.queues(this.#definition.topic);
  }

  #noQueue(): ConnectorError {
    return new ConnectorError('unavailable', `topic ${this.#definition.topic} has no queue to write to`);
  }
}
