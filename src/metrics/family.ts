import type { Histogram } from '../worker/meters/histogram.js';
import type { Observed } from './observed.js';

export type Labels = Readonly<Record<string, string | number>>;

/** One line of the exposition; `name` where it is not the family's own. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  readonly metricName?: string;
}

/** Metrics of one name, as Prometheus calls them. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly help: string;
  readonly labels: readonly string[];
  /** What Kafka Connect calls the same, or what it can be computed from there. */
  readonly kafka?: string;
  readonly samples: (observed: Observed) => readonly Sample[];
}

/** One sample, or none where the number is not known. */
export function sample(labels: Labels, value: number | null): readonly Sample[] {
  return value === null ? [] : [{ labels, value }];
}

/** All lines of a histogram. */
export function histogramSamples(name: string, labels: Labels, histogram: Histogram): readonly Sample[] {
  const { buckets, sum, count } = histogram.totals();
  return [
    ...buckets.map(({ le, count: upTo }) => ({
      labels: { ...labels, le: le === Infinity ? '+Inf' : le },
      value: upTo,
      metricName: `${name}_bucket`,
    })),
    { labels, value: sum, metricName: `${name}_sum` },
    { labels, value: count, metricName: `${name}_count` },
  ];
}
