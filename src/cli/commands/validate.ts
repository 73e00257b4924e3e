import type { Command } from 'commander';
import type {
  ClusterDefinition,
  ConnectorDefinition,
  ErrorPolicy,
  JobDefinition,
  Problem,
} from '../../job/definition.js';
import { topicsOf } from '../../job/topics-of.js';
import { deliveryOf, type Promised } from '../../job/delivery.js';
import { homesOf } from '../../job/homes.js';
import {
  problemJson,
  problemsError,
  readJobFiles,
  tellWarnings,
  withJobFileOptions,
  type JobFileOptions,
} from '../job-files.js';
import { leaf, perform } from '../leaf.js';
import { plural } from '../number-text.js';
import { routePlan, routeSentence, type RoutePlan } from '../route-text.js';
import type { Output } from '../output.js';

export function validate(): Command {
  const command = withJobFileOptions(
    leaf('validate', 'Check job files without running them, and say what they would do', [
      'validate job.yaml',
      'validate jobs/ --json',
    ]),
  );
  return perform<JobFileOptions>(command, async ({ options, out }, files: string[]) => {
    const { jobs, problems } = await readJobFiles(files, options);
    const failure = problemsError(problems);
    if (failure !== null) throw failure;
    if (out.json) out.result(plan(jobs, problems));
    else printPlan(jobs, problems, out);
  });
}

export interface Plan {
  readonly jobs: readonly {
    readonly job: string;
    readonly file: string;
    /** Name servers; null where none is given. Without proxies also, it is the embedded broker. */
    readonly nameservers: readonly string[] | null;
    /** gRPC proxies that data goes through; null where it does not. */
    readonly endpoints: readonly string[] | null;
    readonly connectors: readonly {
      readonly connector: string;
      readonly kind: ConnectorDefinition['kind'];
      readonly plugin: string;
      /** Of a mirror: names or globs. */
      readonly topics: readonly string[];
      readonly group: string | null;
      /** Of a source: what stays in order; null for a sink, which takes what is in order as it is. */
      readonly order: 'partition' | 'message_group' | 'none' | null;
      /** Of a source over gRPC: what decides a record's message group in a FIFO topic. */
      readonly ordering_key: string | null;
      readonly tasks: number;
      /** null for a mirror, which passes messages on as they are. */
      readonly format: string | null;
      readonly transforms: readonly string[];
      /** What holds when something breaks: docs/guarantees.md. */
      readonly delivery: Promised['delivery'];
      /** Why it is not more; null where it is not at least once. */
      readonly at_least_once_because: string | null;
      readonly at_most_once_because: string | null;
      readonly errors: {
        readonly tolerance: 'none' | 'skip' | 'dead_letter';
        /** null: no dead letters are kept. */
        readonly dead_letter_topic: string | null;
        /** null: no limit. */
        readonly max_dead_letters_per_minute: number | null;
        /** null: for ever. */
        readonly retry_timeout_ms: number | null;
      };
      /** Of a sink, where it refuses a record for now; null for a source. */
      readonly ordering: 'strict' | 'relaxed' | null;
      readonly max_restarts: number;
      readonly stalled_after_ms: number;
      /** null for a source. */
      readonly on_gap: 'fail' | 'skip' | null;
      /** null for others than a mirror. */
      readonly route: RoutePlan | null;
    }[];
  }[];
  readonly warnings: readonly object[];
}

export function plan(jobs: readonly JobDefinition[], problems: readonly Problem[]): Plan {
  return {
    jobs: jobs.map(({ name, file, cluster, connectors }) => ({
      job: name,
      file,
      nameservers: cluster.kind === 'embedded' ? null : cluster.nameservers,
      endpoints: cluster.kind === 'proxy' ? cluster.endpoints : null,
      connectors: connectors.map((connector) => ({
        connector: connector.name,
        kind: connector.kind,
        plugin: connector.plugin,
        topics: topicsOf(connector),
        group: connector.kind === 'sink' ? connector.group : null,
        ...ordering(connector, cluster),
        tasks: connector.tasks,
        format: connector.kind === 'mirror' ? null : connector.format.name,
        transforms: connector.kind === 'mirror' ? [] : connector.transforms.map(({ name: step }) => step),
        ...deliveryJson(deliveryOf(connector, cluster)),
        errors: errorsPlan(connector.errors),
        ordering: connector.kind === 'sink' ? connector.ordering : null,
        max_restarts: connector.maxRestarts,
        stalled_after_ms: connector.stalledAfterMs,
        on_gap: connector.kind === 'source' ? null : connector.onGap,
        route: connector.kind === 'mirror' ? routePlan(connector) : null,
      })),
    })),
    warnings: problems.map(problemJson),
  };
}

function errorsPlan(errors: ErrorPolicy): Plan['jobs'][number]['connectors'][number]['errors'] {
  const keeps = errors.tolerance === 'dead_letter';
  return {
    tolerance: errors.tolerance,
    dead_letter_topic: keeps ? errors.deadLetterTopic : null,
    max_dead_letters_per_minute: keeps ? errors.maxDeadLettersPerMinute : null,
    retry_timeout_ms: errors.retry.timeoutMs,
  };
}

/** As far as the job decides it; a topic has message groups only if it is a FIFO topic. */
function ordering(
  connector: ConnectorDefinition,
  cluster: ClusterDefinition,
): Pick<Plan['jobs'][number]['connectors'][number], 'order' | 'ordering_key'> {
  if (connector.kind !== 'source') return { order: null, ordering_key: null };
  const { order, orderingKey } = connector;
  if (cluster.kind !== 'proxy') return { order, ordering_key: null };
  return { order: 'message_group', ordering_key: orderingKey?.text ?? 'key' };
}

function deliveryJson(
  its: Promised,
): Pick<
  Plan['jobs'][number]['connectors'][number],
  'delivery' | 'at_least_once_because' | 'at_most_once_because'
> {
  return {
    delivery: its.delivery,
    at_least_once_because: its.delivery === 'at_least_once' ? its.because : null,
    at_most_once_because: its.delivery === 'at_most_once' ? its.because : null,
  };
}

const deliveryText = (its: Promised): string =>
  its.delivery === 'exactly_once'
    ? 'exactly once'
    : `${its.delivery === 'at_least_once' ? 'at least once' : 'at most once'} (${its.because})`;

function printPlan(jobs: readonly JobDefinition[], problems: readonly Problem[], out: Output): void {
  tellWarnings(problems, out);
  const { bold, green } = out.style;
  for (const { name, cluster, connectors } of jobs) {
    // Where all connectors say themselves where they are at home, the job's RocketMQ is not used.
    const own = connectors.some((connector) => homesOf(connector, cluster).includes(cluster));
    out.data(own ? `${bold(name)} on ${whereText(cluster)}` : bold(name));
    for (const connector of connectors) out.data(`  ${connector.name}: ${sentence(connector, cluster)}`);
  }
  const count = jobs.reduce((sum, { connectors }) => sum + connectors.length, 0);
  out.data(`${green('ok:')} ${plural(jobs.length, 'job')}, ${plural(count, 'connector')}`);
}

function whereText(cluster: ClusterDefinition): string {
  if (cluster.kind === 'embedded') return 'the embedded broker';
  if (cluster.kind === 'nameserver') return cluster.nameservers.join(', ');
  const beside =
    cluster.nameservers === null
      ? '; topics and groups must exist, offsets and lag are unknown'
      : `; offsets and lag from ${cluster.nameservers.join(', ')}`;
  return (
    `${cluster.endpoints.join(', ')} over gRPC${beside}\n` +
    '  over gRPC order holds only in FIFO topics, per message group'
  );
}

/** What a connector does, as one would say it. */
export function sentence(connector: ConnectorDefinition, cluster: ClusterDefinition): string {
  if (connector.kind === 'mirror') return routeSentence(connector);
  const { plugin, tasks, format } = connector;
  const delivery = deliveryText(deliveryOf(connector, cluster));
  const manner = `${format.name}, at most ${plural(tasks, 'task')}${badRecordsText(connector.errors)}`;
  const steps = connector.transforms.map(({ name }) => `${name}, `).join('');
  if (connector.kind === 'source') {
    const { order: within, ordering_key: key } = ordering(connector, cluster);
    const order =
      within === 'none'
        ? ', spread over all queues'
        : within === 'message_group'
          ? `, message group ${key ?? ''} in a FIFO topic`
          : '';
    return `reads with ${plugin}, ${steps}sends to topic ${connector.topic} (${manner}${order}), ${delivery}`;
  }
  const from = typeof connector.from === 'number' ? new Date(connector.from).toISOString() : connector.from;
  const topics = `${connector.topics.length === 1 ? 'topic' : 'topics'} ${connector.topics.join(', ')}`;
  const start = cluster.kind === 'proxy' ? '' : ` from ${from}`;
  const gap = connector.onGap === 'skip' ? ', skips gaps' : '';
  return `takes from ${topics} as group ${connector.group}${start}, ${steps}writes with ${plugin} (${manner}${gap}), ${delivery}`;
}

/** What becomes of records that cannot be taken, where that is not to fail. */
function badRecordsText({ tolerance, deadLetterTopic }: ErrorPolicy): string {
  if (tolerance === 'none') return '';
  return tolerance === 'skip' ? ', skips bad records' : `, bad records to topic ${deadLetterTopic}`;
}
