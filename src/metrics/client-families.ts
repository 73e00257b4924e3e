import type { RequestCount } from '../rocketmq/client-counts.js';
import type { Family, Labels, Sample } from './family.js';
import type { Observed } from './observed.js';

const labels = ['cluster', 'request'] as const;
const durationName = 'rmq_connect_client_request_duration_seconds';

function requests(
  { clients }: Observed,
  samples: (labels: Labels, count: RequestCount) => readonly Sample[],
): readonly Sample[] {
  return clients.flatMap(({ cluster, counts }) =>
    [...counts.requests].flatMap(([request, count]) => samples({ cluster, request }, count)),
  );
}

/** Of the wire client; a proxy is reached with another, which does not tell. */
export const clientFamilies: readonly Family[] = [
  {
    name: 'rmq_connect_client_connections',
    type: 'gauge',
    help: 'Open connections to name servers and brokers.',
    labels: ['cluster'],
    kafka: 'connection-count',
    samples: ({ clients }) =>
      clients.map(({ cluster, counts }) => ({ labels: { cluster }, value: counts.connections })),
  },
  {
    name: 'rmq_connect_client_requests_total',
    type: 'counter',
    help: "Requests to RocketMQ, by RocketMQ's name of the request.",
    labels,
    kafka: 'request-total',
    samples: (observed) => requests(observed, (of, { asked }) => [{ labels: of, value: asked }]),
  },
  {
    name: 'rmq_connect_client_request_failures_total',
    type: 'counter',
    help: 'Requests without an answer: not reached, too late, cut off.',
    labels,
    samples: (observed) => requests(observed, (of, { failed }) => [{ labels: of, value: failed }]),
  },
  {
    name: durationName,
    type: 'summary',
    help: 'How long requests took, long polls included; sum and count only.',
    labels,
    kafka: 'request-latency-avg',
    samples: (observed) =>
      requests(observed, (of, { asked, seconds }) => [
        { labels: of, value: seconds, metricName: `${durationName}_sum` },
        { labels: of, value: asked, metricName: `${durationName}_count` },
      ]),
  },
];
