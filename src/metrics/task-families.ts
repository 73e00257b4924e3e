import type { QueuePlace, TaskFlow } from '../worker/flow/task-flow.js';
import type { Histogram } from '../worker/meters/histogram.js';
import type { TaskStatus } from '../store/index.js';
import { histogramSamples, sample, type Family, type Labels, type Sample } from './family.js';
import type { Observed } from './observed.js';

const labels = ['connector', 'task', 'kind'] as const;
const prefix = 'rmq_connect_task_';

interface ObservedTask {
  readonly labels: Labels;
  readonly flow: TaskFlow;
}

function flowsOf({ connectors }: Observed): readonly ObservedTask[] {
  return connectors.flatMap(({ status: { connector, kind }, flows }) =>
    [...flows].map(([task, flow]) => ({ labels: { connector, task: String(task), kind }, flow })),
  );
}

/**
 * What a task's status says. What stands in for the tasks of a connector that cannot start has a state, but counts
 * nothing: its numbers are the connector's.
 */
function ofStatus(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: (task: TaskStatus) => number,
  kafka?: string,
): Family {
  return {
    name: prefix + name,
    type,
    help,
    labels,
    ...(kafka !== undefined && { kafka }),
    samples: ({ connectors }) =>
      connectors.flatMap(({ status }) =>
        status.tasks.flatMap((task) =>
          task.stands_in === true && type === 'counter' ? [] : sample(statusLabels(task), value(task)),
        ),
      ),
  };
}

function statusLabels({ connector, task, kind }: TaskStatus): Labels {
  return { connector, task: String(task), kind };
}

/** What goes through a task. */
function ofFlow(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: (flow: TaskFlow) => number,
  kafka?: string,
): Family {
  return {
    name: prefix + name,
    type,
    help,
    labels,
    ...(kafka !== undefined && { kafka }),
    samples: (observed) => flowsOf(observed).flatMap((task) => sample(task.labels, value(task.flow))),
  };
}

function histogram(name: string, help: string, of: (flow: TaskFlow) => Histogram, kafka?: string): Family {
  const full = prefix + name;
  return {
    name: full,
    type: 'histogram',
    help,
    labels,
    ...(kafka !== undefined && { kafka }),
    // What never happens to a task of its kind would only be rows of zeros.
    samples: (observed) =>
      flowsOf(observed).flatMap((task) =>
        of(task.flow).totals().count === 0 ? [] : histogramSamples(full, task.labels, of(task.flow)),
      ),
  };
}

function queuePlaces(
  { connectors }: Observed,
  value: (place: QueuePlace) => number | null,
): readonly Sample[] {
  return connectors.flatMap(({ status: { connector }, flows }) =>
    [...flows.values()].flatMap((flow) =>
      flow.places.flatMap((place) => {
        const { topic, broker, queue } = place.queue;
        return sample({ connector, topic, broker, queue: String(queue) }, value(place));
      }),
    ),
  );
}

export const taskFamilies: readonly Family[] = [
  {
    name: `${prefix}state`,
    type: 'gauge',
    help: 'The state the task is in, as a label; always 1.',
    labels: [...labels, 'state'],
    kafka: 'connector-task-metrics: status',
    samples: ({ connectors }) =>
      connectors.flatMap(({ status }) =>
        status.tasks.map((task) => ({ labels: { ...statusLabels(task), state: task.state }, value: 1 })),
      ),
  },
  ofStatus('stalled', 'gauge', '1 where nothing moves though there is work, else 0.', ({ detail }) =>
    detail?.code === 'stalled' ? 1 : 0,
  ),
  ofStatus(
    'records_total',
    'counter',
    'Records stored in RocketMQ (source, mirror) or written (sink).',
    ({ records }) => records,
    'source-record-write-total, sink-record-send-total',
  ),
  ofFlow(
    'read_records_total',
    'counter',
    'Records that came in, whatever became of them.',
    ({ recordsRead }) => recordsRead,
    'source-record-poll-total, sink-record-read-total',
  ),
  ofFlow(
    'bytes_total',
    'counter',
    'Bytes of message bodies: stored (source, mirror), or read and dealt with (sink).',
    ({ bytes }) => bytes,
  ),
  ofStatus(
    'skipped_records_total',
    'counter',
    'Records that could not be taken and were left out.',
    ({ skipped }) => skipped,
    'total-records-skipped',
  ),
  ofStatus(
    'dead_letters_total',
    'counter',
    'Records that could not be taken and were stored as dead letters.',
    ({ dead_lettered: letters }) => letters,
    'deadletterqueue-produce-requests',
  ),
  ofStatus(
    'retries_total',
    'counter',
    'Times that something was tried again in place.',
    ({ retried }) => retried,
    'total-retries',
  ),
  ofStatus(
    'missed_records_total',
    'counter',
    'Messages that were gone from its queues before it had read them.',
    ({ missed }) => missed,
  ),
  ofStatus(
    'failures_total',
    'counter',
    'Failures, tries in place included.',
    ({ errors }) => errors,
    'total-record-failures',
  ),
  {
    name: `${prefix}errors_total`,
    type: 'counter',
    help: 'What went wrong, by stage: of convert and transform a record each, of the others a try each.',
    labels: [...labels, 'stage'],
    kafka: 'total-record-errors',
    samples: (observed) =>
      flowsOf(observed).flatMap((task) =>
        [...task.flow.errors].map(([stage, value]) => ({ labels: { ...task.labels, stage }, value })),
      ),
  },
  ofFlow(
    'restarts_total',
    'counter',
    'Times it was started anew after a failure.',
    ({ restarts }) => restarts,
  ),
  ofFlow(
    'in_flight_records',
    'gauge',
    'Records read and not yet stored or written.',
    ({ inFlight }) => inFlight.records,
    'source-record-active-count, sink-record-active-count',
  ),
  ofFlow('in_flight_bytes', 'gauge', 'Bytes of the bodies of those.', ({ inFlight }) => inFlight.bytes),
  ofStatus(
    'partitions',
    'gauge',
    'Partitions (source) or queues (sink, mirror) it has read from.',
    ({ partitions }) => partitions.length,
    'partition-count',
  ),
  {
    name: 'rmq_connect_sink_queue_offset',
    type: 'gauge',
    help: 'Everything below it in the queue is written, or left out for good.',
    labels: ['connector', 'topic', 'broker', 'queue'],
    kafka: 'offset-commit-seq-no',
    samples: (observed) => queuePlaces(observed, ({ offset }) => offset),
  },
  {
    name: 'rmq_connect_sink_queue_end_offset',
    type: 'gauge',
    help: "The queue's end, as the broker told it last; absent until it has.",
    labels: ['connector', 'topic', 'broker', 'queue'],
    samples: (observed) => queuePlaces(observed, ({ end }) => end),
  },
  histogram(
    'batch_records',
    'Records of a batch that was sent or written.',
    (flow) => flow.batchRecords,
    'batch-size-avg, batch-size-max',
  ),
  histogram(
    'batch_duration_seconds',
    'How long it took to send or write a batch; tries that failed are left out.',
    (flow) => flow.batchSeconds,
    'put-batch-avg-time-ms, put-batch-max-time-ms',
  ),
  histogram(
    'read_duration_seconds',
    'How long a read took to have something, waiting for new records included.',
    (flow) => flow.readSeconds,
    'poll-batch-avg-time-ms, poll-batch-max-time-ms',
  ),
  histogram(
    'commit_duration_seconds',
    'How long a sink took to flush and commit its offsets.',
    (flow) => flow.commitSeconds,
    'offset-commit-avg-time-ms, offset-commit-max-time-ms',
  ),
  histogram(
    'record_age_seconds',
    "From a message's arrival at its broker until a sink had written it: of the first of each batch.",
    (flow) => flow.ageSeconds,
  ),
];
