import type { SourceDefinition } from '../job/definition.js';
import type { OutMessage, Producer, Queue } from '../rocketmq/cluster.js';
import {
  ConnectorError,
  type Position,
  type SourceBatch,
  type SourceRecord,
  type SourceTask,
} from '../sdk/index.js';
import type { RocketmqError } from '../rocketmq/errors.js';
import { AcknowledgedPrefix } from './acknowledged-prefix.js';
import { conversionFailure, type BadRecords } from './bad-records.js';
import { Budget, recordOverheadBytes } from './budget.js';
import type { FailedRecord } from './dead-letter.js';
import { Lane } from './lane.js';
import type { TaskMonitor } from './monitor.js';
import type { Committed, Positions } from './positions.js';
import { emptiestQueue } from './queue-deal.js';
import { queueName } from '../rocketmq/queue-name.js';
import type { FilledQueues } from './queue-ends.js';
import type { Recovery } from './recovery.js';
import type { RetryOptions } from './retry.js';
import { Segmenter, type Segment } from './segmenter.js';
import { failedSourceRecord, sourceMessage } from './source-message.js';
import { inheriting } from './stamp.js';
import type { TaskEnd } from './supervise.js';
import type { Underway } from './trails.js';

export interface SourceRunOptions {
  readonly definition: SourceDefinition;
  readonly task: SourceTask;
  readonly producer: Producer;
  readonly positions: Positions;
  readonly monitor: TaskMonitor;
  readonly filled: FilledQueues;
  /** What keeps it from sending anything twice; null: at least once. */
  readonly recovery: Recovery | null;
  readonly badRecords: BadRecords;
  /** How sends are retried, but for its signal. */
  readonly retry: Pick<RetryOptions, 'backoff' | 'giveUpAfterMs'>;
  /** Drops what is in flight. */
  readonly kill: AbortSignal;
}

/** Bytes read but not yet stored, at the most, for each task. */
const inFlightBytes = 2 * 1024 * 1024;
const batchLimits = { maxMessages: 2_000, maxBytes: 1024 * 1024 };

/** One partition on its way through the run. */
interface Stream {
  readonly partition: string;
  readonly segmenter: Segmenter;
  readonly prefix: AcknowledgedPrefix<{ readonly position: Position; readonly underway: Underway | null }>;
}

/** One run of a source task: read → transforms → format → lanes → acknowledged prefix → positions. */
export class SourceRun {
  readonly #options: SourceRunOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #streams = new Map<string, Stream>();
  /** Parcels that no position covers yet. */
  readonly #underway = new Set<Underway>();
  readonly #budget = new Budget(inFlightBytes);
  readonly #failed = new AbortController();
  /** Aborts sends: the run has failed or was killed. */
  readonly #cancel: AbortSignal;
  /** Ends the waiting between tries of a send that fails. What is not stored comes again. */
  #giveUp: AbortSignal;
  readonly #committed: Committed | undefined;
  #nextSpread = 0;

  constructor(options: SourceRunOptions) {
    this.#options = options;
    this.#cancel = AbortSignal.any([this.#failed.signal, options.kill]);
    this.#giveUp = this.#cancel;
    const { task } = options;
    this.#committed = task.committed && ((partition, position) => this.#tellCommitted(partition, position));
  }

  /** Ends when the source has, or soon after `stop` aborts: then with everything read stored. */
  async run(stop: AbortSignal): Promise<TaskEnd> {
    const reading = AbortSignal.any([stop, this.#cancel]);
    this.#giveUp = reading;
    this.#options.monitor.works(() => this.#underway.size > 0);
    let end: TaskEnd = 'stopped';
    while (!reading.aborted) {
      const batch = await this.#read(reading);
      if (batch === 'aborted') break;
      if (batch === null) {
        end = 'finished';
        break;
      }
      await this.#dispatch(batch);
      await this.#budget.room(reading);
    }
    await Promise.all([...this.#lanes.values()].map((lane) => lane.drained()));
    this.#cancel.throwIfAborted();
    // While the task is open: what it acknowledges only when the positions are on disk does not come again.
    if (this.#committed !== undefined) await this.#options.positions.flush();
    return end;
  }

  /** To be called when it has ended, however it did. */
  close(): void {
    const { recovery, positions } = this.#options;
    for (const { partition } of this.#streams.values()) recovery?.leave(partition);
    if (this.#underway.size === 0) return;
    positions.trails.abandon(this.#underway);
    recovery?.invalidate();
  }

  async #read(signal: AbortSignal): Promise<SourceBatch | null | 'aborted'> {
    try {
      return await this.#options.task.read(signal);
    } catch (error) {
      if (signal.aborted) return 'aborted';
      throw error;
    }
  }

  async #dispatch({ partition, records, gap }: SourceBatch): Promise<void> {
    if (records.length === 0) return;
    const { recovery } = this.#options;
    const stream = this.#streams.get(partition) ?? (await this.#open(partition));
    if (gap === true) stream.segmenter.forget();
    const failed: FailedRecord[] = [];
    const convert = (record: SourceRecord): OutMessage | null => this.#convert(partition, record, failed);
    const segments = stream.segmenter.cut(records, convert);
    // Before any position behind them moves.
    if (failed.length > 0) await this.#options.badRecords.letGo(failed, this.#retryOptions());
    for (const segment of segments) await this.#send(stream, segment);
    await recovery?.read(partition, stream.segmenter.isReplaying);
  }

  async #send(stream: Stream, segment: Segment): Promise<void> {
    if (segment.messages.length === 0) {
      stream.prefix.add({ position: segment.to, underway: null })();
      this.#advance(stream);
      return;
    }
    const { recovery, positions, monitor } = this.#options;
    const queue = await this.#queueFor(stream.partition);
    const { records } = segment;
    const messages = [...segment.messages];
    recovery?.stamper.stamp(recovery.stampFor(stream.partition), segment, messages);
    const underway = positions.trails.start(queue);
    this.#underway.add(underway);
    const acknowledge = stream.prefix.add({ position: segment.to, underway });
    const bytes = messages.reduce((sum, { body }) => sum + body.length + recordOverheadBytes, 0);
    this.#budget.take(bytes);
    let refused = 0;
    this.#laneTo(queue).add({
      messages,
      begun: (offset) => {
        underway.offset = offset;
      },
      refused: async (index, error) => {
        await this.#letGo(stream.partition, records[index], error);
        refused += 1;
        const [gone, heir] = [messages[index], messages[index + 1]];
        if (gone !== undefined && heir !== undefined) messages[index + 1] = inheriting(gone, heir);
      },
      stored: () => {
        this.#budget.give(bytes);
        if (messages.length > refused) monitor.moved(messages.length - refused);
        acknowledge();
        this.#advance(stream);
      },
    });
  }

  async #letGo(partition: string, record: SourceRecord | undefined, error: RocketmqError): Promise<void> {
    if (record === undefined) throw error;
    const { topic } = this.#options.definition;
    const failed = failedSourceRecord(topic, partition, record, { stage: 'send', error });
    await this.#options.badRecords.letGo([failed], this.#retryOptions());
  }

  /** Null: it is dropped, or among the `failed` now. */
  #convert(partition: string, record: SourceRecord, failed: FailedRecord[]): OutMessage | null {
    const { definition } = this.#options;
    try {
      return sourceMessage(record, definition);
    } catch (cause) {
      failed.push(failedSourceRecord(definition.topic, partition, record, conversionFailure(cause)));
      return null;
    }
  }

  #advance({ partition, prefix }: Stream): void {
    const { positions } = this.#options;
    const covered = prefix.take();
    const last = covered.at(-1);
    if (last === undefined) return;
    // Throws where positions cannot be written: then nothing is covered, and is looked up by the next run.
    positions.moved(partition, last.position, this.#committed);
    for (const { underway } of covered) {
      if (underway === null) continue;
      this.#underway.delete(underway);
      positions.trails.covered(underway);
    }
  }

  async #tellCommitted(partition: string, position: Position): Promise<void> {
    if (this.#cancel.aborted) return;
    try {
      await this.#options.task.committed?.(partition, position);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #open(partition: string): Promise<Stream> {
    const { positions, recovery, monitor } = this.#options;
    const replay = (await recovery?.enter(partition)) ?? null;
    const start = positions.positionOf(partition);
    const segmenter = new Segmenter(start, replay);
    const stream: Stream = { partition, segmenter, prefix: new AcknowledgedPrefix() };
    this.#streams.set(partition, stream);
    monitor.has(partition);
    return stream;
  }

  #queueFor(partition: string): Promise<Queue> {
    return this.#options.definition.order === 'none' ? this.#nextQueue() : this.#queueOf(partition);
  }

  #laneTo(queue: Queue): Lane {
    const name = queueName(queue);
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = this.#openLane(queue);
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #openLane(queue: Queue): Lane {
    const { producer, filled, recovery, positions } = this.#options;
    return new Lane({
      queue,
      producer,
      batch: batchLimits,
      cancel: this.#cancel,
      trace: recovery?.traceOf(queue) ?? null,
      retry: this.#retryOptions(),
      onStored: (end) => {
        filled.filled(queue, end);
        positions.trails.filled(queue, end);
      },
      onFailure: (error) => {
        this.#fail(error);
      },
    });
  }

  #retryOptions(): RetryOptions {
    const { retry, monitor } = this.#options;
    return {
      ...retry,
      signal: this.#giveUp,
      onRetry: (error) => {
        monitor.retries(error);
      },
    };
  }

  async #queueOf(partition: string): Promise<Queue> {
    const { positions, producer, definition } = this.#options;
    const remembered = positions.queueOf(partition);
    if (remembered?.topic === definition.topic && producer.knows(remembered)) return remembered;
    const queue = emptiestQueue(await this.#queues(), positions.queues());
    if (queue === undefined) throw this.#noQueue();
    await positions.assign(partition, queue);
    return queue;
  }

  async #nextQueue(): Promise<Queue> {
    const queues = await this.#queues();
    const queue = queues[this.#nextSpread % queues.length];
    this.#nextSpread += 1;
    if (queue === undefined) throw this.#noQueue();
    return queue;
  }

  #queues(): Promise<readonly Queue[]> {
    return this.#options.producer.queues(this.#options.definition.topic);
  }

  #noQueue(): ConnectorError {
    return new ConnectorError(
      'unavailable',
      `topic ${this.#options.definition.topic} has no queue to write to`,
    );
  }

  #fail(error: unknown): void {
    this.#failed.abort(error);
  }
}
