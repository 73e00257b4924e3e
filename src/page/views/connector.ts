import { chart } from '../chart.js';
import { h, type Child } from '../dom.js';
import { ago, bytes, count, duration, rate, shortCount } from '../format.js';
import type { Connector, Model, Task } from '../model.js';
import type { Looked } from '../looked.js';
import { actions, path, stateMark } from './parts.js';
import { tableOf } from './table.js';

/** Everything about one connector. */
export function connectorView({ overview, history }: Model, name: string, looked: Looked): HTMLElement {
  const one = overview.connectors.find(({ connector }) => connector === name);
  if (one === undefined)
    return h(
      'p',
      { class: 'panel empty' },
      `There is no connector ${name}. `,
      h('a', { href: '#/' }, 'All connectors'),
    );
  const track = history.connectors[name];
  return h(
    'div',
    { class: 'fields', 'data-key': `connector ${name}` },
    h(
      'section',
      { class: 'panel' },
      h(
        'div',
        { class: 'bar' },
        h('h1', {}, name),
        stateMark(one.state),
        h('span', { class: 'dim' }, `${one.kind} · ${path(one)}`),
        h('span', { class: 'end' }, actions(one, true)),
      ),
    ),
    one.error !== null && cause(one.error),
    h('section', { class: 'panel', 'aria-label': 'Numbers' }, facts(one)),
    h(
      'section',
      { class: 'panel charts', 'aria-label': 'Charts' },
      chart('Records a second', { name: 'rate', values: track?.rate ?? [] }, history.at, rate),
      chart('Records behind', { name: 'lag', values: track?.lag_records ?? [] }, history.at, shortCount),
      chart('Time behind', { name: 'age', values: track?.lag_seconds ?? [] }, history.at, duration),
    ),
    tasks(one),
    offsets(looked.offsets),
    tap(looked.tapped),
    h(
      'section',
      { class: 'panel' },
      h(
        'details',
        {},
        h('summary', {}, 'Configuration'),
        h('pre', {}, looked.config === null ? '' : JSON.stringify(looked.config, null, 2)),
      ),
    ),
  );
}

function cause({ code, message }: { readonly code: string; readonly message: string }): HTMLElement {
  return h(
    'section',
    { class: 'panel cause', role: 'status', 'data-key': 'cause' },
    h('strong', {}, code),
    ' ',
    h('span', {}, message),
  );
}

function facts(one: Connector): HTMLElement {
  const fact = (name: string, value: string, kind = ''): HTMLElement =>
    h('div', {}, h('dt', {}, name), h('dd', { class: kind }, value));
  const { lag } = one;
  return h(
    'dl',
    { class: 'facts' },
    fact('Records', count(one.records)),
    fact('Rate', rate(one.rate.now)),
    fact('1 min', rate(one.rate.m1)),
    fact('10 min', rate(one.rate.m10)),
    fact('Behind', shortCount(lag.records)),
    fact('Bytes behind', bytes(lag.bytes)),
    fact('Time behind', duration(lag.seconds)),
    fact('Errors', count(one.errors), one.errors > 0 ? 'bad' : ''),
    fact('Retries', count(one.retried)),
    fact('Skipped', count(one.skipped)),
    fact('Dead letters', count(one.dead_lettered)),
    fact('Last record', ago(one.last_record_at)),
  );
}

function tasks({ tasks: list, connector }: Connector): HTMLElement {
  return h(
    'section',
    { class: 'panel flush', 'aria-label': 'Tasks' },
    h('h2', {}, 'Tasks'),
    list.length === 0
      ? h('p', { class: 'empty' }, 'No task.')
      : tableOf(
          [
            '#Task',
            'State',
            'Partitions',
            '#Records',
            '#Bytes',
            '#In flight',
            '#Batch p50',
            '#p99',
            '#Errors',
            '#Restarts',
            '#Since',
            '',
          ],
          list.map((task) => taskCells(task, connector)),
        ),
  );
}

function taskCells(task: Task, connector: string): readonly Child[] {
  const { partitions } = task;
  const [first] = partitions;
  const error = task.error ?? task.detail;
  return [
    String(task.task),
    [stateMark(task.state), error !== null && h('div', { class: 'bad' }, `${error.code}: ${error.message}`)],
    first === undefined
      ? '–'
      : `${first}${partitions.length > 1 ? ` +${String(partitions.length - 1)}` : ''}`,
    count(task.records),
    bytes(task.bytes),
    count(task.in_flight),
    duration(task.batch_seconds?.p50),
    duration(task.batch_seconds?.p99),
    count(task.errors),
    count(task.restarts),
    ago(task.since),
    h(
      'button',
      {
        type: 'button',
        'data-do': 'restart-task',
        'data-name': connector,
        'data-task': task.task,
        'aria-label': `Restart task ${String(task.task)}`,
      },
      'Restart',
    ),
  ];
}

function offsets(list: Looked['offsets']): HTMLElement {
  return h(
    'section',
    { class: 'panel flush', 'aria-label': 'Offsets' },
    h('h2', {}, 'Offsets'),
    list === null
      ? h('p', { class: 'empty' }, 'Not known, or not read yet.')
      : list.length === 0
        ? h('p', { class: 'empty' }, 'None yet.')
        : tableOf(
            ['Partition', 'Stands at'],
            list.map(({ partition, offset }) => [
              h('code', {}, text(partition)),
              h('code', {}, text(offset)),
            ]),
          ),
  );
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${typeof part === 'string' ? part : JSON.stringify(part)}`)
    .join(' · ');
}

function tap(tapped: Looked['tapped']): HTMLElement {
  return h(
    'section',
    { class: 'panel', 'aria-label': 'Records' },
    h(
      'div',
      { class: 'bar' },
      h('h2', {}, 'Records as they pass'),
      h(
        'span',
        { class: 'end' },
        tapped === null
          ? [
              h(
                'button',
                { type: 'button', 'data-do': 'tap', 'data-stage': 'before', 'data-key': 'before' },
                'Look before transforms',
              ),
              h(
                'button',
                { type: 'button', 'data-do': 'tap', 'data-stage': 'after', 'data-key': 'after' },
                'Look after',
              ),
            ]
          : h('button', { type: 'button', 'data-do': 'untap', 'data-key': 'stop' }, 'Stop looking'),
      ),
    ),
    tapped !== null &&
      h(
        'div',
        { class: 'log mono', tabindex: 0, 'aria-label': 'Records' },
        tapped.length === 0
          ? h('p', { class: 'dim' }, 'Waiting for a record …')
          : tapped.map((record) =>
              h(
                'div',
                { 'data-key': `${record.at} ${record.place ?? ''} ${String(record.number)}` },
                h(
                  'span',
                  { class: 'dim' },
                  `${new Date(record.at).toLocaleTimeString()} ${record.place ?? ''} ${record.key ?? ''}`,
                ),
                h('pre', {}, typeof record.value === 'string' ? record.value : JSON.stringify(record.value)),
              ),
            ),
      ),
  );
}
