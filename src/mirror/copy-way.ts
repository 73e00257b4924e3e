import type { MirrorDefinition } from '../job/definition.js';
import type { Producer, Queue } from '../rocketmq/cluster.js';
import type { RocketmqError } from '../rocketmq/errors.js';
import { queueName } from '../rocketmq/queue-name.js';
import { ConnectorError } from '../sdk/index.js';
import type { FailedRecord } from '../worker/dead-letter.js';
import type { QueueMarks } from '../worker/queue-marks.js';
import type { Way } from '../worker/way.js';
import type { Companion } from './companion.js';
import { heartbeatTopic } from './heartbeat-topic.js';
import { Passing, type PassedMessage } from './passed-message.js';
import type { QueueInlet } from './queue-inlet.js';
import type { RateLimit } from './rate-limit.js';

/** One way from a source queue to the target. */
export interface Lead {
  readonly source: Queue;
  /** null: by key. */
  readonly target: Queue | null;
  /** The topic's name on the target. */
  readonly topic: string;
}

export interface CopyWayOptions {
  readonly definition: MirrorDefinition;
  readonly inlet: QueueInlet;
  readonly producer: Producer;
  /** By the source queue's name. */
  readonly leads: ReadonlyMap<string, Lead>;
  readonly companion: Companion;
  readonly marks: QueueMarks;
  readonly rate: RateLimit;
  /** Whether nothing more is to be read; asked when there is nothing at the moment. */
  readonly isDone: () => boolean;
  /** The queue was read up to before this offset. */
  readonly readTo: (source: Queue, offset: number) => void;
}

const batchLimits = { maxMessages: 2_000, maxBytes: 1024 * 1024 };
const single = { ...batchLimits, maxMessages: 1 };

/** From the queues of one cluster to those of another: messages stay what they are. */
export class CopyWay implements Way<PassedMessage> {
  readonly inFlightBytes = 4 * 1024 * 1024;
  readonly #options: CopyWayOptions;
  readonly #passing: Passing;

  constructor(options: CopyWayOptions) {
    this.#options = options;
    const { from, to, bornTime, name } = options.definition;
    this.#passing = new Passing({ from: from.name, to: to.name, bornTime, route: name });
  }

  async read(
    signal: AbortSignal,
  ): Promise<{ readonly partition: string; readonly records: readonly PassedMessage[] } | null> {
    const { inlet, isDone, readTo, marks, rate } = this.#options;
    await rate.room(signal);
    const arrived = await inlet.next(isDone, signal);
    if (arrived === null) return null;
    const { source, fetched } = arrived;
    marks.seen(source, fetched.messages);
    const queues = await this.#keyQueues(source);
    const records = fetched.messages.map((message) => this.#passing.of(message, queues));
    readTo(source, fetched.nextOffset);
    this.#count(records);
    return { partition: queueName(source), records };
  }

  message(message: PassedMessage): PassedMessage | null {
    return message.leftOut ? null : message;
  }

  unmade(partition: string, message: PassedMessage, error: unknown): FailedRecord {
    return failed(this.#leadOf(partition).topic, partition, message, error);
  }

  refused(partition: string, message: PassedMessage, error: RocketmqError): FailedRecord {
    return failed(this.#leadOf(partition).topic, partition, message, error);
  }

  /**
   * A parcel holds messages that follow each other in the source, so that each one's place there can be told from the
   * parcel's; and by key, those that go to one queue.
   */
  stretches(messages: readonly PassedMessage[]): readonly (readonly PassedMessage[])[] {
    const stretches: PassedMessage[][] = [];
    let previous: PassedMessage | undefined;
    for (const message of messages) {
      const follows =
        previous?.position === message.offset &&
        previous.leftOut === message.leftOut &&
        previous.to === message.to;
      if (follows) stretches.at(-1)?.push(message);
      else stretches.push([message]);
      previous = message;
    }
    return stretches;
  }

  queue(partition: string, [first]: readonly PassedMessage[]): Promise<Queue> {
    const { target, topic } = this.#leadOf(partition);
    const queue = target ?? first?.to ?? null;
    return queue === null
      ? Promise.reject(new ConnectorError('unavailable', `topic ${topic} has no queue to write to`))
      : Promise.resolve(queue);
  }

  stored(partition: string, target: Queue, messages: readonly PassedMessage[], offset: number | null): void {
    const [first] = messages;
    if (first === undefined) return;
    const { source } = this.#leadOf(partition);
    this.#options.companion.copied({ source, target, first: first.offset, messages, targetFirst: offset });
  }

  isNoRecord(partition: string): boolean {
    return this.#leadOf(partition).topic === heartbeatTopic;
  }

  batch({ topic }: Queue): typeof batchLimits {
    return topic.startsWith('%RETRY%') ? single : batchLimits;
  }

  close(): Promise<void> {
    this.#options.inlet.close();
    return Promise.resolve();
  }

  /** Those that messages of the queue are spread over by key; null: they all go to one. */
  async #keyQueues(source: Queue): Promise<readonly Queue[] | null> {
    const { target, topic } = this.#leadOf(queueName(source));
    return target === null ? this.#options.producer.queues(topic) : null;
  }

  #count(messages: readonly PassedMessage[]): void {
    let bytes = 0;
    for (const { body, passedOn } of messages) bytes += body.length + passedOn.properties.length;
    this.#options.rate.passed(messages.length, bytes);
  }

  #leadOf(partition: string): Lead {
    const found = this.#options.leads.get(partition);
    if (found === undefined) throw new Error(`${partition} is not of this task`);
    return found;
  }
}

function failed(topic: string, partition: string, message: PassedMessage, error: unknown): FailedRecord {
  const { body, properties, position } = message;
  return {
    origin: { kind: 'source', topic, partition, position, value: 'bytes' },
    stage: 'send',
    error,
    original: { body, properties },
  };
}
