import { Meter } from './meter.js';

const secondsKept = 601;

/** What the whole broker does, sampled every second. */
export class BrokerMeters {
  readonly put = new Meter(secondsKept);
  readonly putBytes = new Meter(secondsKept);
  readonly putRequests = new Meter(secondsKept);
  readonly putFailures = new Meter(secondsKept);
  /** Messages given out. */
  readonly got = new Meter(secondsKept);
  /** Pulls that found something, and those that did not. */
  readonly found = new Meter(secondsKept);
  readonly missed = new Meter(secondsKept);

  sample(now: number): void {
    for (const meter of [this.put, this.got, this.found, this.missed]) meter.sample(now);
  }
}
