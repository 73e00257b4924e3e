import { quantile } from '../statistics.js';
import type { Figures } from '../figures.js';

/** Lines that hold when a record was made (milliseconds since 1970), against the clock when they come in. */
export class LatencyMeter {
  readonly #skip: number;
  readonly #latencies: number[] = [];
  #seen = 0;
  #rest = '';

  /** The first `skip` records are not counted: programs get faster while they warm up. */
  constructor(skip: number) {
    this.#skip = skip;
  }

  /** Records that came in, skipped ones too. */
  get seen(): number {
    return this.#seen;
  }

  take(chunk: string, now: number): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const madeAt = Number(line);
      if (line === '' || !Number.isFinite(madeAt)) throw new Error(`not a time: ${line.slice(0, 100)}`);
      this.#seen += 1;
      if (this.#seen > this.#skip) this.#latencies.push(now - madeAt);
    }
  }

  figures(): Figures {
    const sorted = this.#latencies.sort((a, b) => a - b);
    return { p50_ms: quantile(sorted, 0.5), p99_ms: quantile(sorted, 0.99) };
  }
}
