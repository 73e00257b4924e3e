import type { ConnectorView, Overview, TaskView } from '../../metrics/overview.js';
import { bytesText, countText, plural, rateText, secondsText } from '../number-text.js';
import { stateText } from '../state-text.js';
import type { Style } from '../style.js';
import { table } from '../table.js';
import { chosen, type Choice } from './choice.js';

const columns = [
  { title: '' },
  { title: 'connector' },
  { title: 'kind' },
  { title: 'state' },
  { title: 'rate', align: 'right' },
  { title: '1 min', align: 'right' },
  { title: 'behind', align: 'right' },
  { title: 'time', align: 'right' },
  { title: 'records', align: 'right' },
  { title: 'bytes', align: 'right' },
  { title: 'in flight', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'errors', align: 'right' },
  { title: 'dead', align: 'right' },
] as const;

/** The list as it is printed once: without keys, and nothing selected. */
export function topText(overview: Overview, choice: Choice, style: Style): string {
  const { connectors } = overview;
  if (connectors.length === 0) return style.dim('the worker has no connector');
  return [headLine(overview, style), '', ...listLines(overview, choice, style)].join('\n');
}

/** The list as a screen of `height` lines. */
export function topScreen(
  overview: Overview,
  choice: Choice,
  notice: string,
  height: number,
  style: Style,
): readonly string[] {
  const list = listLines(overview, choice, style);
  const room = Math.max(1, height - 5);
  const body = list.length <= room ? list : [...list.slice(0, room - 1), style.dim('…')];
  return [headLine(overview, style), '', ...body, '', footLine(choice, notice, style)];
}

function headLine({ connectors, clusters, started_at: startedAt, version }: Overview, style: Style): string {
  const inState = (state: string): number => connectors.filter((one) => one.state === state).length;
  const failed = inState('failed');
  const rates = connectors.map((one) => one.rate.now).filter((one) => one !== null);
  // Of those that are known; where none is, nothing can be said.
  const rate = rates.length === 0 ? null : rates.reduce((sum, one) => sum + one, 0);
  const up = secondsText(Math.max(0, Math.round((Date.now() - Date.parse(startedAt)) / 1000)));
  return [
    `${style.bold('rmq-connect')} ${version}`,
    clusters.join(', '),
    `up ${up}`,
    `${String(inState('running'))} of ${plural(connectors.length, 'connector')} running`,
    failed === 0 ? '' : style.red(`${String(failed)} failed`),
    rateText(rate),
  ]
    .filter((part) => part !== '')
    .join(style.dim(' · '));
}

function listLines({ connectors }: Overview, choice: Choice, style: Style): readonly string[] {
  const shown = chosen(connectors, choice);
  if (shown.length === 0) return [style.dim('none matches the filter')];
  const rows = shown.flatMap((one) => [
    connectorRow(one, choice, style),
    ...(choice.tasks ? one.tasks.map((task) => taskRow(task, style)) : []),
  ]);
  const lines = table(columns, rows, style).split('\n');
  const causes = shown.flatMap(({ connector, error }) =>
    error === null ? [] : [style.red(`${connector}: ${error.code}: ${error.message.replaceAll('\n', ' ')}`)],
  );
  return causes.length === 0 ? lines : [...lines, '', ...causes];
}

function connectorRow(one: ConnectorView, { selected }: Choice, style: Style): readonly string[] {
  const { connector, kind, plugin, state, wanted, lag, rate, tasks } = one;
  const isSelected = connector === selected;
  const sum = (of: (task: TaskView) => number): number => tasks.reduce((total, task) => total + of(task), 0);
  const slowest = tasks.map((task) => task.batch_seconds?.p99 ?? null).filter((value) => value !== null);
  const asked = wanted === 'running' || wanted === state ? '' : style.dim(` (${wanted})`);
  return [
    isSelected ? style.cyan('›') : ' ',
    isSelected ? style.bold(connector) : connector,
    kind === 'mirror' ? kind : `${kind} ${plugin}`,
    stateText(state, style) + asked,
    known(rate.now, rateText),
    known(rate.m1, rateText),
    known(lag.records, countText),
    known(lag.seconds, secondsText),
    countText(one.records),
    bytesText(sum(({ bytes }) => bytes)),
    countText(sum((task) => task.in_flight)),
    slowest.length === 0 ? '-' : millisText(Math.max(...slowest)),
    one.errors === 0 ? '0' : style.red(countText(one.errors)),
    countText(one.dead_lettered),
  ];
}

function taskRow(task: TaskView, style: Style): readonly string[] {
  return [
    ' ',
    style.dim(`  task ${String(task.task)}`),
    style.dim(plural(task.partitions.length, 'partition')),
    stateText(task.state, style),
    '',
    '',
    '',
    '',
    countText(task.records),
    bytesText(task.bytes),
    countText(task.in_flight),
    task.batch_seconds === null ? '-' : millisText(task.batch_seconds.p99),
    countText(task.errors),
    countText(task.dead_lettered),
  ];
}

const known = (value: number | null, text: (value: number) => string): string =>
  value === null ? '-' : text(value);

function millisText(seconds: number): string {
  return seconds < 1 ? `${String(Math.round(seconds * 1000))} ms` : secondsText(seconds);
}

function footLine({ order, filter, typing }: Choice, notice: string, style: Style): string {
  if (typing) return `filter: ${filter}${style.cyan('▏')}${style.dim('  Enter keeps it, Esc drops it')}`;
  const shown = filter === '' ? '' : `, filter ${filter}`;
  const keys = `↑↓ select  p pause or resume  r restart  t tasks  s sort (${order})  / filter${shown}  q quit`;
  return notice === '' ? style.dim(keys) : `${notice}${style.dim(`  ${keys}`)}`;
}
