import type { CopiedStatus } from '../../store/index.js';
import { Histogram, latencyBoundsMs } from './histogram.js';
import { Rate } from './rate.js';

/** A batch that was copied. Times are in milliseconds since 1970. */
export interface CopiedBatch {
  readonly records: number;
  readonly bytes: number;
  /** When it was stored in the target, by this machine's clock. */
  readonly at: number;
  /** Of its last message. */
  readonly bornAt: number;
}

/** Counts what a mirror copies, over all or a part of its queues. `nowMs` is of a clock that does not go back. */
export class CopiedMeter {
  readonly latency: Histogram;
  readonly #rate: Rate;
  #records = 0;
  #bytes = 0;
  #missed = 0;
  #lastSync: { readonly at: number; readonly bornAt: number } | null = null;

  constructor(nowMs: number) {
    this.latency = new Histogram(latencyBoundsMs, nowMs);
    this.#rate = new Rate(nowMs);
  }

  copied({ records, bytes, at, bornAt }: CopiedBatch, nowMs: number): void {
    this.#records += records;
    this.#bytes += bytes;
    this.#rate.add(records, nowMs);
    this.#lastSync = { at, bornAt };
  }

  missed(messages: number): void {
    this.#missed += messages;
  }

  status(nowMs: number): CopiedStatus {
    const latency = this.latency.recent(nowMs);
    return {
      records: this.#records,
      bytes: this.#bytes,
      rate: this.#rate.read(nowMs),
      latency_ms: latency === null ? null : { p50: latency.p50, p99: latency.p99, max: latency.max },
      last_sync:
        this.#lastSync === null
          ? null
          : { at: isoOf(this.#lastSync.at), born_at: isoOf(this.#lastSync.bornAt) },
      missed: this.#missed,
    };
  }
}

const isoOf = (time: number): string => new Date(time).toISOString();
