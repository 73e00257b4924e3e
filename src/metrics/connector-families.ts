import { sample, type Family, type Labels } from './family.js';
import type { Observed, ObservedConnector } from './observed.js';

const labels = ['connector', 'kind'] as const;

/** A family with a number of each connector; null where it is not known. */
function ofConnector(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: (connector: ObservedConnector) => number | null,
  kafka?: string,
): Family {
  return {
    name: `rmq_connect_connector_${name}`,
    type,
    help,
    labels,
    ...(kafka !== undefined && { kafka }),
    samples: ({ connectors }) =>
      connectors.flatMap((connector) => sample(labelsOf(connector), value(connector))),
  };
}

function labelsOf({ status: { connector, kind } }: ObservedConnector): Labels {
  return { connector, kind };
}

function seconds(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso) / 1000;
}

/** The group a sink shares, where one is known. */
function members({ status }: ObservedConnector): number | null {
  return status.group?.members.length ?? null;
}

export const connectorFamilies: readonly Family[] = [
  {
    name: 'rmq_connect_connector_state',
    type: 'gauge',
    help: 'The state the connector is in, as a label; always 1.',
    labels: [...labels, 'state'],
    kafka: 'connector-metrics: status',
    samples: ({ connectors }: Observed) =>
      connectors.map((connector) => ({
        labels: { ...labelsOf(connector), state: connector.status.state },
        value: 1,
      })),
  },
  ofConnector(
    'tasks',
    'gauge',
    'Tasks it is split into.',
    ({ status }) => status.tasks.filter((task) => task.stands_in !== true).length,
    'connector-total-task-count',
  ),
  ofConnector(
    'records_total',
    'counter',
    'Records stored in RocketMQ (source, mirror) or written (sink).',
    ({ status }) => status.records,
    'source-record-write-total, sink-record-send-total',
  ),
  {
    name: 'rmq_connect_connector_records_per_second',
    type: 'gauge',
    help: 'Records a second over the last ten seconds, minute, ten minutes; absent where nothing can be said.',
    labels: [...labels, 'window'],
    kafka: 'source-record-write-rate, sink-record-send-rate',
    samples: ({ connectors }) =>
      connectors.flatMap((connector) => {
        const { now, m1, m10 } = connector.status.rate;
        return Object.entries({ '10s': now, '1m': m1, '10m': m10 }).flatMap(([window, value]) =>
          sample({ ...labelsOf(connector), window }, value),
        );
      }),
  },
  ofConnector(
    'skipped_records_total',
    'counter',
    'Records that could not be taken and were left out.',
    ({ status }) => status.skipped,
    'total-records-skipped',
  ),
  ofConnector(
    'dead_letters_total',
    'counter',
    'Records that could not be taken and were stored as dead letters.',
    ({ status }) => status.dead_lettered,
    'deadletterqueue-produce-requests',
  ),
  ofConnector(
    'retries_total',
    'counter',
    'Times that something was tried again in place.',
    ({ status }) => status.retried,
    'total-retries',
  ),
  ofConnector(
    'last_record_timestamp_seconds',
    'gauge',
    'When a record was moved last; absent before the first.',
    ({ status }) => seconds(status.last_record_at),
  ),
  ofConnector(
    'lag_records',
    'gauge',
    'Records it is behind; absent where that is not known.',
    ({ lag }) => lag.records,
  ),
  ofConnector(
    'lag_bytes',
    'gauge',
    'Bytes of its source it is behind; absent where that is not known.',
    ({ lag }) => lag.bytes,
  ),
  ofConnector(
    'lag_seconds',
    'gauge',
    'Age of the oldest record it has not moved; absent where that is not known.',
    ({ lag }) => lag.seconds,
  ),
  ofConnector(
    'unacknowledged_messages',
    'gauge',
    'Messages delivered to it and not acknowledged; only where they are acknowledged one by one.',
    ({ status }) => status.unacknowledged,
  ),
  ofConnector(
    'redelivered_messages_total',
    'counter',
    'Messages that came to it again; only where they are acknowledged one by one.',
    ({ status }) => status.redelivered,
  ),
  ofConnector(
    'group_members',
    'gauge',
    "Members of the sink's consumer group that are online, in all workers.",
    members,
  ),
  ofConnector(
    'group_awaited_queues',
    'gauge',
    'Queues that fall to this worker and that another client has not given up.',
    ({ status }) => status.group?.awaited ?? null,
  ),
];
