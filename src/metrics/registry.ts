import { collectDefaultMetrics, Registry, type Gauge } from 'prom-client';
import { families } from './families.js';
import type { Family } from './family.js';
import type { Observed } from './observed.js';

/** The exposition of a worker: what Prometheus scrapes. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #look: () => Observed;
  /** One look serves all families of a scrape. */
  #observed: Observed;

  constructor(look: () => Observed) {
    this.#look = look;
    this.#observed = look();
    for (const family of families) this.#registry.registerMetric(this.#metricOf(family));
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    this.#observed = this.#look();
    return this.#registry.metrics();
  }

  /**
   * A metric whose values are read when it is scraped. prom-client knows four classes that count for
   * themselves; all the registry calls of them is `get`.
   */
  #metricOf({ name, help, type, samples }: Family): Gauge {
    const metric = {
      name,
      get: () => Promise.resolve({ name, help, type, aggregator: 'sum', values: samples(this.#observed) }),
    };
    return metric as unknown as Gauge;
  }
}
