import type { OutMessage, Producer, Queue } from '../rocketmq/cluster.js';
import type { Position } from '../sdk/index.js';
import type { RocketmqError } from '../rocketmq/errors.js';
import { AcknowledgedPrefix } from './acknowledged-prefix.js';
import type { BadRecords } from './bad-records.js';
import { Budget, recordOverheadBytes } from './budget.js';
import type { FailedRecord } from './dead-letter.js';
import { readRecord, sentMessage } from './flow/describe.js';
import type { ErrorStage } from './flow/task-flow.js';
import { Lane } from './lane.js';
import type { TaskMonitor } from './monitor.js';
import type { Committed, Positions } from './positions.js';
import { queueName } from '../rocketmq/queue-name.js';
import type { FilledQueues } from './queue-ends.js';
import type { Recovery } from './recovery.js';
import type { RetryOptions } from './retry.js';
import { Segmenter, type Segment } from './segmenter.js';
import { inheriting } from './stamp.js';
import type { TaskEnd } from './supervise.js';
import type { Underway } from './trails.js';
import type { Placed, Way } from './way.js';

export interface SourceRunOptions<Item extends Placed> {
  readonly way: Way<Item>;
  readonly producer: Producer;
  readonly positions: Positions;
  readonly monitor: TaskMonitor;
  readonly filled: FilledQueues;
  /** What keeps it from sending anything twice; null: at least once. */
  readonly recovery: Recovery | null;
  readonly badRecords: BadRecords;
  /** How sends are retried, but for its signal. */
  readonly retry: Pick<RetryOptions, 'backoff' | 'giveUpAfterMs'>;
  /** What all tasks of the worker have in flight. */
  readonly inFlight: Budget;
  /** Drops what is in flight. */
  readonly kill: AbortSignal;
}

interface Batch<Item> {
  readonly partition: string;
  readonly records: readonly Item[];
  /** Like that of `SourceBatch`. */
  readonly gap?: boolean | undefined;
}

/** One partition on its way through the run. */
interface Stream<Item extends Placed> {
  readonly partition: string;
  /** What comes from it are records that a person would count. */
  readonly counts: boolean;
  readonly segmenter: Segmenter<Item>;
  readonly prefix: AcknowledgedPrefix<{ readonly position: Position; readonly underway: Underway | null }>;
}

/** One run of a source task: read → message → lanes → acknowledged prefix → positions. */
export class SourceRun<Item extends Placed> {
  readonly #options: SourceRunOptions<Item>;
  readonly #lanes = new Map<string, Lane>();
  readonly #streams = new Map<string, Stream<Item>>();
  /** Parcels that no position covers yet. */
  readonly #underway = new Set<Underway>();
  readonly #budget: Budget;
  readonly #failed = new AbortController();
  /** Aborts sends: the run has failed or was killed. */
  readonly #cancel: AbortSignal;
  /** Ends the waiting between tries of a send that fails. What is not stored comes again. */
  #giveUp: AbortSignal;
  readonly #committed: Committed | undefined;

  constructor(options: SourceRunOptions<Item>) {
    this.#options = options;
    this.#budget = new Budget(options.way.inFlightBytes, options.inFlight);
    this.#cancel = AbortSignal.any([this.#failed.signal, options.kill]);
    this.#giveUp = this.#cancel;
    const { way } = options;
    this.#committed = way.committed && ((partition, position) => this.#tellCommitted(partition, position));
  }

  /** Ends when the source has, or soon after `stop` aborts: then with everything read stored. */
  async run(stop: AbortSignal): Promise<TaskEnd> {
    const reading = AbortSignal.any([stop, this.#cancel]);
    this.#giveUp = reading;
    const { monitor } = this.#options;
    monitor.works(() => this.#underway.size > 0);
    monitor.flow.runs({ inFlight: () => this.#budget.held });
    let end: TaskEnd = 'stopped';
    try {
      end = await this.#readUntil(reading);
    } catch (error) {
      // What is in flight must not move positions after the next run has started from them.
      this.#fail(error);
    }
    await Promise.all([...this.#lanes.values()].map((lane) => lane.drained()));
    this.#cancel.throwIfAborted();
    // While the task is open: what it acknowledges only when the positions are on disk does not come again.
    if (this.#committed !== undefined) await this.#options.positions.flush();
    return end;
  }

  async #readUntil(aborted: AbortSignal): Promise<TaskEnd> {
    while (!aborted.aborted) {
      const batch = await this.#read(aborted);
      if (batch === 'aborted') break;
      if (batch === null) return 'finished';
      await this.#dispatch(batch);
      await this.#budget.room(aborted);
    }
    return 'stopped';
  }

  /** To be called when it has ended, however it did. */
  close(): void {
    const { recovery, positions, monitor } = this.#options;
    monitor.flow.runs(null);
    this.#budget.close();
    const streams = [...this.#streams.values()];
    for (const { partition } of streams) recovery?.leave(partition);
    if (this.#underway.size > 0) positions.trails.abandon(this.#underway);
    // What a run that failed has left out of what arrived may be ahead of the position that it got to.
    const inReplay = streams.some(
      ({ segmenter }) => (this.#cancel.aborted && segmenter.hadReplay) || segmenter.isReplaying,
    );
    if (this.#underway.size > 0 || inReplay) recovery?.invalidate();
  }

  async #read(signal: AbortSignal): Promise<Batch<Item> | null | 'aborted'> {
    const { way, monitor } = this.#options;
    try {
      return await monitor.flow.timed('read', () => way.read(signal));
    } catch (error) {
      if (signal.aborted) return 'aborted';
      monitor.flow.failed('read');
      throw error;
    }
  }

  async #dispatch({ partition, records, gap }: Batch<Item>): Promise<void> {
    if (records.length === 0) return;
    const { recovery, way, monitor } = this.#options;
    const stream = this.#streams.get(partition) ?? (await this.#open(partition));
    if (stream.counts) monitor.flow.recordsRead += records.length;
    if (stream.counts && monitor.flow.taps.isOpen)
      monitor.flow.taps.pass('before', records, (record) => readRecord(monitor, partition, record));
    if (gap === true) stream.segmenter.forget();
    const failed: FailedRecord[] = [];
    const convert = (item: Item): OutMessage | null => this.#convert(partition, item, failed);
    const stretches = way.stretches?.(records) ?? [records];
    const segments = stretches.flatMap((stretch) => stream.segmenter.cut(stretch, convert));
    // Before any position behind them moves.
    if (failed.length > 0) await this.#options.badRecords.letGo(failed, this.#retryOptions('dead_letter'));
    for (const segment of segments) await this.#send(stream, segment);
    await recovery?.read(partition, stream.segmenter.isReplaying);
  }

  async #send(stream: Stream<Item>, segment: Segment<Item>): Promise<void> {
    if (segment.messages.length === 0) {
      stream.prefix.add({ position: segment.to, underway: null })();
      this.#advance(stream);
      return;
    }
    const { recovery, positions, monitor, way } = this.#options;
    const { partition } = stream;
    const { records: items } = segment;
    const queue = await way.queue(partition, items);
    const lane = await this.#laneTo(queue);
    const messages = [...segment.messages];
    recovery?.stamper.stamp(recovery.stampFor(partition), segment, messages);
    const underway = positions.trails.start(queue);
    this.#underway.add(underway);
    const acknowledge = stream.prefix.add({ position: segment.to, underway });
    const bytes = messages.reduce((sum, { body }) => sum + body.length + recordOverheadBytes, 0);
    const records = messages.length;
    this.#budget.take(bytes, records);
    if (stream.counts && monitor.flow.taps.isOpen)
      monitor.flow.taps.pass('after', messages, (message) => sentMessage(monitor, queue, message));
    let refused = 0;
    lane.add({
      messages,
      begun: (offset) => {
        underway.offset = offset;
      },
      refused: async (index, error) => {
        await this.#letGo(partition, items[index], error);
        refused += 1;
        const [gone, heir] = [messages[index], messages[index + 1]];
        if (gone !== undefined && heir !== undefined) messages[index + 1] = inheriting(gone, heir);
      },
      placed: (from, to, offset) => {
        way.stored?.(partition, queue, items.slice(from, to), offset);
      },
      stored: () => {
        this.#budget.give(bytes, records);
        if (stream.counts) monitor.flow.bytes += bytes - records * recordOverheadBytes;
        if (messages.length > refused) {
          monitor.moved(stream.counts ? messages.length - refused : 0);
        }
        acknowledge();
        this.#advance(stream);
      },
    });
  }

  async #letGo(partition: string, item: Item | undefined, error: RocketmqError): Promise<void> {
    if (item === undefined) throw error;
    const failed = this.#options.way.refused(partition, item, error);
    await this.#options.badRecords.letGo([failed], this.#retryOptions('dead_letter'));
  }

  /** Null: it is dropped, or among the `failed` now. */
  #convert(partition: string, item: Item, failed: FailedRecord[]): OutMessage | null {
    const { way } = this.#options;
    try {
      return way.message(item);
    } catch (cause) {
      failed.push(way.unmade(partition, item, cause));
      return null;
    }
  }

  #advance({ partition, prefix }: Stream<Item>): void {
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
      await this.#options.way.committed?.(partition, position);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #open(partition: string): Promise<Stream<Item>> {
    const { positions, recovery, monitor, way } = this.#options;
    const replay = (await recovery?.enter(partition)) ?? null;
    const { holds } = way;
    const start = positions.positionOf(partition);
    if (holds !== undefined) await replay?.keep(start, (position) => holds(partition, position));
    const segmenter = new Segmenter<Item>(start, replay);
    const counts = way.isNoRecord?.(partition) !== true;
    const stream: Stream<Item> = { partition, counts, segmenter, prefix: new AcknowledgedPrefix() };
    this.#streams.set(partition, stream);
    monitor.has(partition);
    return stream;
  }

  async #laneTo(queue: Queue): Promise<Lane> {
    const name = queueName(queue);
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      await this.#options.recovery?.meet(queue);
      lane = this.#openLane(queue);
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #openLane(queue: Queue): Lane {
    const { producer, filled, recovery, positions, way, monitor } = this.#options;
    return new Lane({
      queue,
      producer,
      batch: way.batch(queue),
      cancel: this.#cancel,
      trace: recovery?.traceOf(queue) ?? null,
      retry: this.#retryOptions(),
      measured: (messages, attempt) => monitor.flow.put('send', messages, attempt),
      onStored: (end) => {
        filled.filled(queue, end);
        positions.trails.filled(queue, end);
      },
      onFailure: (error) => {
        this.#fail(error);
      },
    });
  }

  /** `stage`: of what does not count its tries itself. */
  #retryOptions(stage?: ErrorStage): RetryOptions {
    const { retry, monitor } = this.#options;
    return {
      ...retry,
      signal: this.#giveUp,
      onRetry: (error) => {
        monitor.retries(error, stage);
      },
    };
  }

  #fail(error: unknown): void {
    this.#failed.abort(error);
  }
}
