import type { RouteStatus } from '../store/index.js';
import { sample, type Family, type Labels, type Sample } from './family.js';
import type { Observed } from './observed.js';

const prefix = 'rmq_connect_mirror_';

/** Of each mirror that has told of its route. */
function ofRoutes(
  { connectors }: Observed,
  samples: (labels: Labels, route: RouteStatus) => readonly Sample[],
): readonly Sample[] {
  return connectors.flatMap(({ status: { connector, route } }) =>
    route === null ? [] : samples({ connector }, route),
  );
}

/** A counter of each topic of the source. */
function ofTopics(
  name: string,
  help: string,
  value: (topic: RouteStatus['topics'][number]) => number,
): Family {
  return {
    name: prefix + name,
    type: 'counter',
    help,
    labels: ['connector', 'topic'],
    samples: (observed) =>
      ofRoutes(observed, (labels, { topics }) =>
        topics.map((topic) => ({ labels: { ...labels, topic: topic.topic }, value: value(topic) })),
      ),
  };
}

export const mirrorFamilies: readonly Family[] = [
  ofTopics(
    'copied_records_total',
    'Messages copied, by their topic in the source.',
    ({ records }) => records,
  ),
  ofTopics('copied_bytes_total', 'Bytes of their bodies and properties.', ({ bytes }) => bytes),
  ofTopics(
    'missed_records_total',
    'Messages that were gone from the source before they were copied.',
    ({ missed }) => missed,
  ),
  {
    name: `${prefix}latency_seconds`,
    type: 'gauge',
    help: 'From being stored in the source to being stored in the target, over the last minute; quantile 1 is the longest.',
    labels: ['connector', 'quantile'],
    samples: (observed) =>
      ofRoutes(observed, (labels, { latency_ms: latency }) =>
        latency === null
          ? []
          : Object.entries({ '0.5': latency.p50, '0.99': latency.p99, '1': latency.max }).map(
              ([quantile, ms]) => ({ labels: { ...labels, quantile }, value: ms / 1000 }),
            ),
      ),
  },
  {
    name: `${prefix}clock_skew_seconds`,
    type: 'gauge',
    help: "How far the target's clock is ahead of the source's; absent where it cannot be told.",
    labels: ['connector'],
    samples: (observed) =>
      ofRoutes(observed, (labels, { clock_skew: skew }) =>
        sample(labels, skew === null ? null : skew.ms / 1000),
      ),
  },
  {
    name: `${prefix}last_copied_timestamp_seconds`,
    type: 'gauge',
    help: 'When a message was copied last; absent before the first.',
    labels: ['connector'],
    samples: (observed) =>
      ofRoutes(observed, (labels, { last_sync: last }) =>
        sample(labels, last === null ? null : Date.parse(last.at) / 1000),
      ),
  },
];
