import { h, type Child } from '../dom.js';

/** Titles that begin with # are of numbers. */
export function tableOf(titles: readonly string[], rows: readonly (readonly Child[])[]): HTMLElement {
  const kind = (title: string | undefined): string => (title?.startsWith('#') === true ? 'num' : 'wide');
  return h(
    'table',
    {},
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        titles.map((title) =>
          h('th', { scope: 'col', class: title.startsWith('#') ? 'num' : '' }, title.replace(/^#/, '')),
        ),
      ),
    ),
    h(
      'tbody',
      {},
      rows.map((cells) =>
        h(
          'tr',
          {},
          cells.map((cell, index) => h('td', { class: kind(titles[index]) }, cell)),
        ),
      ),
    ),
  );
}
