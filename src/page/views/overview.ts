import { sparkline } from '../chart.js';
import { h } from '../dom.js';
import { ago, count, duration, rate, shortCount } from '../format.js';
import type { Connector, Model } from '../model.js';
import { actions, linkTo, path, stateMark } from './parts.js';

export const sortings = {
  name: ({ connector }: Connector) => connector,
  state: ({ state }: Connector) => state,
  rate: ({ rate: { now } }: Connector) => -(now ?? -1),
  behind: ({ lag }: Connector) => -(lag.records ?? -1),
  errors: ({ errors }: Connector) => -errors,
} as const;
export type Sorting = keyof typeof sortings;

export interface OverviewChoice {
  readonly filter: string;
  readonly sorting: Sorting;
}

/** All connectors, those in trouble with their cause. */
export function overviewView({ overview, history }: Model, { filter, sorting }: OverviewChoice): HTMLElement {
  const { connectors } = overview;
  const wanted = filter.toLowerCase();
  const order = sortings[sorting];
  const shown = connectors
    .filter((one) => `${one.connector} ${one.state} ${path(one)}`.toLowerCase().includes(wanted))
    .sort((one, other) => compare(order(one), order(other)));
  return h(
    'div',
    { class: 'fields', 'data-key': 'overview' },
    h('section', { class: 'panel', 'aria-label': 'Summary' }, summary(connectors)),
    h(
      'section',
      { class: 'panel flush', 'aria-label': 'Connectors' },
      h(
        'div',
        { class: 'bar panel-head' },
        h('input', {
          type: 'search',
          id: 'filter',
          placeholder: 'Filter ( / )',
          'aria-label': 'Filter connectors',
          'data-keep': true,
        }),
        h(
          'span',
          { class: 'dim' },
          shown.length === connectors.length ? '' : `${String(shown.length)} of ${String(connectors.length)}`,
        ),
        h('span', { class: 'end' }, h('a', { href: '#/new', class: 'button' }, 'New connector')),
      ),
      shown.length === 0
        ? h(
            'p',
            { class: 'empty' },
            connectors.length === 0
              ? 'No connector yet. Make one with “New connector”.'
              : 'None of that name.',
          )
        : h(
            'table',
            {},
            head(sorting),
            h(
              'tbody',
              {},
              shown.flatMap((one) => rows(one, history.connectors[one.connector]?.rate ?? [])),
            ),
          ),
    ),
  );
}

function summary(connectors: readonly Connector[]): HTMLElement {
  const inState = (state: string): number => connectors.filter((one) => one.state === state).length;
  const failed = inState('failed');
  // Of those that are known; where none is, nothing can be said.
  const sum = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  const behind = sum(connectors.map(({ lag }) => lag.records));
  const fact = (name: string, value: string, kind = ''): HTMLElement =>
    h('div', {}, h('dt', {}, name), h('dd', { class: kind }, value));
  return h(
    'dl',
    { class: 'facts' },
    fact('Running', `${String(inState('running'))} of ${String(connectors.length)}`),
    fact('Failed', String(failed), failed > 0 ? 'bad' : ''),
    fact('Records', rate(sum(connectors.map((one) => one.rate.now)))),
    fact('Behind', behind === null ? '–' : shortCount(behind)),
    fact('Dead letters', shortCount(connectors.reduce((total, one) => total + one.dead_lettered, 0))),
  );
}

function head(sorting: Sorting): HTMLElement {
  const column = (title: string, by: Sorting | null, kind = ''): HTMLElement =>
    h(
      'th',
      { class: kind, scope: 'col', 'aria-sort': by === sorting ? 'ascending' : null },
      by === null
        ? title
        : h(
            'button',
            { type: 'button', 'data-do': 'sort', 'data-by': by },
            `${title}${by === sorting ? ' ↓' : ''}`,
          ),
    );
  return h(
    'thead',
    {},
    h(
      'tr',
      {},
      column('Connector', 'name'),
      column('State', 'state'),
      column('Last 5 minutes', null, 'less'),
      column('Rate', 'rate', 'num'),
      column('Behind', 'behind', 'num'),
      column('Records', null, 'num less'),
      column('Errors', 'errors', 'num less'),
      column('Last record', null, 'num less'),
      h('th', { scope: 'col', 'aria-label': 'Actions' }),
    ),
  );
}

function rows(one: Connector, rates: readonly (number | null)[]): readonly HTMLElement[] {
  const { connector, state, lag, error } = one;
  const age = lag.seconds !== null && lag.seconds > 0 && h('div', { class: 'dim' }, duration(lag.seconds));
  const row = h(
    'tr',
    { 'data-key': connector, class: error === null ? '' : 'has-why' },
    h('td', {}, h('a', { href: linkTo(connector) }, connector), h('div', { class: 'dim' }, path(one))),
    h('td', {}, stateMark(state, error !== null)),
    h('td', { class: 'less' }, sparkline(rates, `Rate of ${connector} over the last minutes`)),
    h('td', { class: 'num' }, rate(one.rate.now)),
    h('td', { class: 'num' }, shortCount(lag.records), age),
    h('td', { class: 'num less' }, count(one.records)),
    h('td', { class: `num less${one.errors > 0 ? ' bad' : ''}` }, count(one.errors)),
    h('td', { class: 'num less' }, ago(one.last_record_at)),
    h('td', { class: 'num' }, actions(one, false)),
  );
  if (error === null) return [row];
  const why = h(
    'tr',
    { class: 'why', 'data-key': `${connector} why` },
    h('td', { colspan: 9 }, `${error.code}: ${error.message}`),
  );
  return [row, why];
}

function compare(one: string | number, other: string | number): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return String(one).localeCompare(String(other));
}
