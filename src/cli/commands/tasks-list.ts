import type { Command } from 'commander';
import { isRetryTopic } from '../../rocketmq/remoting/names.js';
import { DataDir, type GroupShareStatus, type TaskStatus } from '../../store/index.js';
import { nothingRemembered } from '../nothing-remembered.js';
import { leaf, perform } from '../leaf.js';
import { countText, timeText } from '../number-text.js';
import { routeSummary, type RouteSummary } from '../mirrors/route-summary.js';
import { routeLine } from '../mirrors/route-numbers-text.js';
import type { Output } from '../output.js';
import { rememberedConnectors } from '../remembered.js';
import { shareText } from '../share-text.js';
import { stateText } from '../state-text.js';
import { incomplete, type Unanswered } from '../survey.js';
import { countNames, titleOf } from '../count-columns.js';
import { table } from '../table.js';

export function tasksList(): Command {
  const command = leaf('list', 'Show the tasks of all remembered connectors, running or not', [
    'tasks list',
    'tasks list --json',
  ]);
  return perform(command, async ({ out, dataDir }) => {
    const { result, unreadable, notes } = await queryTasks(new DataDir(dataDir));
    const failure = incomplete(unreadable, result);
    for (const note of notes) out.talk(note);
    if (!out.json) printTasks(result, dataDir, out);
    else if (failure === null) out.result(result);
    if (failure !== null) throw failure;
  });
}

export interface Tasks {
  readonly tasks: readonly TaskStatus[];
  /** How running sinks share their groups' queues. */
  readonly groups: readonly ({ readonly connector: string } & GroupShareStatus)[];
  /** What mirrors have copied since their worker started. */
  readonly routes: readonly ({ readonly connector: string } & RouteSummary)[];
}

export async function queryTasks(dataDir: DataDir): Promise<{
  readonly result: Tasks;
  readonly unreadable: readonly Unanswered[];
  readonly notes: readonly string[];
}> {
  const { connectors, unreadable, notes } = await rememberedConnectors(dataDir);
  const result = {
    tasks: connectors.flatMap((connector) => connector.status?.tasks ?? []),
    groups: connectors.flatMap(({ name, status }) => {
      const group = status?.group ?? null;
      return group === null ? [] : [{ connector: name, ...group }];
    }),
    routes: connectors.flatMap(({ name, status }) => {
      const route = status?.route ?? null;
      return route === null ? [] : [{ connector: name, ...routeSummary(route) }];
    }),
  };
  return { result, unreadable, notes };
}

function printTasks({ tasks, groups, routes }: Tasks, dataDir: string, out: Output): void {
  if (tasks.length > 0) printTable(tasks, out);
  else if (groups.length === 0) {
    out.talk(nothingRemembered('task', dataDir));
  }
  for (const { connector, ...group } of groups) {
    const text = shareText(group);
    if (text !== null) out.data(out.style.dim(`${connector}: ${text}`));
  }
  for (const { connector, ...route } of routes) out.data(out.style.dim(`${connector}: ${routeLine(route)}`));
}

function printTable(tasks: readonly TaskStatus[], out: Output): void {
  const some = countNames.filter((name) => tasks.some((task) => task[name] > 0));
  const rows = tasks.map((task) => [
    task.connector,
    String(task.task),
    task.kind,
    wantedAndState(task, out),
    partitionsText(task.partitions),
    countText(task.records),
    ...some.map((name) => countText(task[name])),
    countText(task.errors),
    timeText(task.since),
    troubleText(task, out),
  ]);
  out.data(
    table(
      [
        { title: 'connector' },
        { title: 'task', align: 'right' },
        { title: 'kind' },
        { title: 'state' },
        { title: 'partitions' },
        { title: 'records', align: 'right' },
        ...some.map((name) => ({ title: titleOf(name), align: 'right' }) as const),
        { title: 'errors', align: 'right' },
        { title: 'since' },
        { title: 'last error' },
      ],
      rows,
      out.style,
    ),
  );
}

/** What is wanted is worth a word only where it is not the case. */
function wantedAndState({ wanted, state, detail }: TaskStatus, out: Output): string {
  const stalled = detail?.code === 'stalled' ? `, ${out.style.yellow('stalled')}` : '';
  const text = `${stateText(state, out.style)}${stalled}`;
  const asWanted = state === wanted || wanted === 'running';
  return asWanted ? text : `${text} (wanted: ${wanted})`;
}

/** What went wrong last, what keeps it from moving, and what it has missed. */
function troubleText({ error, failures, detail, missed }: TaskStatus, out: Output): string {
  const times = failures.length > 1 ? ` (restarted after ${countText(failures.length)} failures)` : '';
  const parts = [
    ...(error === null ? [] : [out.style.red(`${error.code}: ${error.message}${times}`)]),
    ...(detail === null ? [] : [`since ${timeText(detail.since)}: ${detail.message}`]),
    ...(missed === 0 ? [] : [out.style.yellow(`missed ${countText(missed)} messages that were gone`)]),
  ];
  return parts.join('; ');
}

/** One of them, and how many more there are. A sink's begin with the topic: rather one of its own than of what its group sent back. */
function partitionsText(partitions: readonly string[]): string {
  const one = partitions.find((partition) => !isRetryTopic(partition)) ?? partitions[0];
  if (one === undefined) return '-';
  const name = one.length > 48 ? `…${one.slice(-47)}` : one;
  return partitions.length === 1 ? name : `${name} +${countText(partitions.length - 1)}`;
}
