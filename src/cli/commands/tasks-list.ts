import type { Command } from 'commander';
import { DataDir, type State, type TaskStatus } from '../../store/index.js';
import { leaf, perform } from '../leaf.js';
import { countText, timeText } from '../number-text.js';
import type { Output } from '../output.js';
import { rememberedConnectors } from '../remembered.js';
import { stateText } from '../state-text.js';
import { countNames, titleOf } from '../left-out.js';
import { table } from '../table.js';

export function tasksList(): Command {
  const command = leaf('list', 'Show the tasks of all remembered connectors, running or not', [
    'tasks list',
    'tasks list --json',
  ]);
  return perform(command, async ({ out, dataDir }) => {
    const result = await queryTasks(new DataDir(dataDir));
    if (out.json) out.result(result);
    else printTasks(result, out);
  });
}

export interface Tasks {
  readonly tasks: readonly TaskStatus[];
}

export async function queryTasks(dataDir: DataDir): Promise<Tasks> {
  const connectors = await rememberedConnectors(dataDir);
  return { tasks: connectors.flatMap((connector) => connector.status?.tasks ?? []) };
}

function printTasks({ tasks }: Tasks, out: Output): void {
  if (tasks.length === 0) {
    out.talk('no task has run with this data directory yet; start some with rmq-connect run FILE');
    return;
  }
  const some = countNames.filter((name) => tasks.some((task) => task[name] > 0));
  const rows = tasks.map((task) => [
    task.connector,
    String(task.task),
    task.kind,
    wantedAndState(task.wanted, task.state, out),
    partitionsText(task.partitions),
    countText(task.records),
    ...some.map((name) => countText(task[name])),
    countText(task.errors),
    timeText(task.since),
    task.error === null ? '' : out.style.red(`${task.error.code}: ${task.error.message}`),
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
function wantedAndState(wanted: TaskStatus['wanted'], state: State, out: Output): string {
  const text = stateText(state, out.style);
  const asWanted = state === wanted || wanted === 'running';
  return asWanted ? text : `${text} (wanted: ${wanted})`;
}

function partitionsText(partitions: readonly string[]): string {
  const [first, ...others] = partitions;
  if (first === undefined) return '-';
  const name = first.length > 48 ? `…${first.slice(-47)}` : first;
  return others.length === 0 ? name : `${name} +${countText(others.length)}`;
}
