import type { LetterGroup } from '../calls.js';
import { h } from '../dom.js';
import { ago, count } from '../format.js';
import { linkTo } from './parts.js';

/** Records that could not be taken, by connector, stage and error. */
export function lettersView(groups: readonly LetterGroup[] | null): HTMLElement {
  return h(
    'div',
    { class: 'fields', 'data-key': 'letters' },
    h(
      'section',
      { class: 'panel flush', 'aria-label': 'Dead letters' },
      groups === null
        ? h('p', { class: 'empty' }, 'Reading …')
        : groups.length === 0
          ? h('p', { class: 'empty' }, 'No dead letters.')
          : h(
              'table',
              {},
              h(
                'thead',
                {},
                h(
                  'tr',
                  {},
                  ['Connector', 'Stage', 'Error', 'State'].map((title) => h('th', { scope: 'col' }, title)),
                  ['Letters', 'Newest'].map((title) => h('th', { scope: 'col', class: 'num' }, title)),
                  h('th', { scope: 'col', 'aria-label': 'Actions' }),
                ),
              ),
              h('tbody', {}, groups.map(row)),
            ),
    ),
  );
}

function row(group: LetterGroup, index: number): HTMLElement {
  const { connector, stage, error, state, message, newest } = group;
  return h(
    'tr',
    { 'data-key': `${connector} ${stage} ${error} ${state}` },
    h('td', {}, h('a', { href: linkTo(connector) }, connector)),
    h('td', {}, stage),
    h('td', { class: 'wide' }, h('strong', {}, error), h('div', { class: 'dim' }, message)),
    h('td', {}, state),
    h('td', { class: 'num' }, count(group.count)),
    h('td', { class: 'num' }, ago(newest)),
    h(
      'td',
      { class: 'num' },
      state === 'waiting' &&
        h(
          'button',
          {
            type: 'button',
            'data-do': 'replay',
            'data-index': index,
            'aria-label': `Replay the letters of ${connector}`,
          },
          'Replay',
        ),
    ),
  );
}
