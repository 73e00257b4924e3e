import type { Queue } from '../../rocketmq/cluster.js';
import { Histogram } from '../meters/histogram.js';
import { noTaps, type Taps } from './taps.js';

/** Where something went wrong. A record's own faults are counted by the record, the others by the try. */
export type ErrorStage = 'read' | 'convert' | 'transform' | 'send' | 'write' | 'commit' | 'dead_letter';

/** What is read and not yet dealt with. */
export interface InFlight {
  readonly records: number;
  readonly bytes: number;
}

/** Where a sink stands in one of its queues. */
export interface QueuePlace {
  readonly queue: Queue;
  /** Everything below is written, or left out for good. */
  readonly offset: number;
  /** The queue's end, as it was told last; null while nothing has told it. */
  readonly end: number | null;
}

/** A run of the task, to be asked when somebody wants to know. */
export interface Asked {
  readonly inFlight: () => InFlight;
  readonly places?: () => readonly QueuePlace[];
}

const idle: Asked = { inFlight: () => ({ records: 0, bytes: 0 }) };
/** Seconds: from what a broker in the same room takes to what nobody waits for. */
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const ages = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400];
const sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

/**
 * What one task of a connector has moved since the worker started, over all its runs, and how long that took. It is
 * told once a batch, never once a record.
 */
export class TaskFlow {
  /** Records that came in, whatever became of them. */
  recordsRead = 0;
  /** Bytes of message bodies: stored (source, mirror), or read and dealt with (sink). */
  bytes = 0;
  /** How often its run was started anew after a failure. */
  restarts = 0;
  readonly errors = new Map<ErrorStage, number>();
  /** Records of a batch that was sent or written. */
  readonly batchRecords = bounded(sizes);
  /** Seconds a batch took to be sent or written, tries that failed left out. */
  readonly batchSeconds = bounded(durations);
  /** Seconds until a read had something, waiting for new records included. */
  readonly readSeconds = bounded(durations);
  readonly commitSeconds = bounded(durations);
  /** Sink: seconds from a message's arrival at its broker until its batch was written; of the oldest of a batch. */
  readonly ageSeconds = bounded(ages);
  readonly taps: Taps;
  #run = idle;

  constructor(taps: Taps = noTaps) {
    this.taps = taps;
  }

  get inFlight(): InFlight {
    return this.#run.inFlight();
  }

  /** Of a sink that runs. */
  get places(): readonly QueuePlace[] {
    return this.#run.places?.() ?? [];
  }

  /** Its run begins; null: it has ended. */
  runs(run: Asked | null): void {
    this.#run = run ?? idle;
  }

  failed(stage: ErrorStage, times = 1): void {
    this.errors.set(stage, (this.errors.get(stage) ?? 0) + times);
  }

  /** Sends or writes a batch: counts it, how long it took, or that it failed. */
  async put<T>(stage: 'send' | 'write', records: number, attempt: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      const result = await attempt();
      this.batchSeconds.add(secondsSince(startedAt), 1, performance.now());
      if (records > 0) this.batchRecords.add(records, 1, performance.now());
      return result;
    } catch (error) {
      this.failed(stage);
      throw error;
    }
  }

  /** Measures something else that may fail. */
  async timed<T>(stage: 'read' | 'commit', attempt: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const result = await attempt();
    const taken = stage === 'read' ? this.readSeconds : this.commitSeconds;
    taken.add(secondsSince(startedAt), 1, performance.now());
    return result;
  }
}

const bounded = (bounds: readonly number[]): Histogram => new Histogram(bounds, performance.now());

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}
