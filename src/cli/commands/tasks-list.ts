import type { Command } from 'commander';
import { DataDir, type State, type TaskStatus } from '../../store/index.js';
import { dataDirOption } from '../data-dir-option.js';
import { leaf, perform } from '../leaf.js';
import { countText, timeText } from '../number-text.js';
import type { Output } from '../output.js';
import { rememberedConnectors } from '../remembered.js';
import { stateText } from '../state-text.js';
import { incomplete, type Unanswered } from '../survey.js';
import { table } from '../table.js';

export function tasksList(): Command {
  const command = leaf('list', 'Show the tasks of all remembered connectors, running or not', [
    'tasks list',
    'tasks list --json',
  ]);
  return perform(command, async ({ out, dataDir }) => {
    const { result, unreadable } = await queryTasks(new DataDir(dataDir));
    const failure = incomplete(unreadable, result);
    if (!out.json) printTasks(result, dataDir, out);
    else if (failure === null) out.result(result);
    if (failure !== null) throw failure;
  });
}

export interface Tasks {
  readonly tasks: readonly TaskStatus[];
}

export async function queryTasks(
  dataDir: DataDir,
): Promise<{ readonly result: Tasks; readonly unreadable: readonly Unanswered[] }> {
  const { connectors, unreadable } = await rememberedConnectors(dataDir);
  return { result: { tasks: connectors.flatMap(({ status }) => status?.tasks ?? []) }, unreadable };
}

function printTasks({ tasks }: Tasks, dataDir: string, out: Output): void {
  if (tasks.length === 0) {
    out.talk(
      `no task has run with this data directory yet; start some with rmq-connect run FILE${dataDirOption(dataDir)}`,
    );
    return;
  }
  const rows = tasks.map((task) => [
    task.connector,
    String(task.task),
    task.kind,
    wantedAndState(task.wanted, task.state, out),
    partitionsText(task.partitions),
    countText(task.records),
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
