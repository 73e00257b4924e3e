import { h } from '../dom.js';
import type { Connector } from '../model.js';

/** `troubled`: it runs, and something does not go on. */
export function stateMark(state: string, troubled = false): HTMLElement {
  return h('span', { class: `state ${state}${troubled ? ' troubled' : ''}` }, state);
}

export const linkTo = (name: string): string => `#/connector/${encodeURIComponent(name)}`;

/** What it is between: `file → orders`, `orders → console`, `east → west`. */
export function path({ kind, plugin, topics, between }: Connector): string {
  const shown = topics.join(', ');
  if (between !== null) return `${between.from} → ${between.to}`;
  return kind === 'source' ? `${plugin} → ${shown}` : `${shown} → ${plugin}`;
}

/** What can be done with it in its state. */
export function actions({ connector, wanted }: Connector, all: boolean): readonly HTMLElement[] {
  const button = (what: string, label: string, kind = ''): HTMLElement =>
    h(
      'button',
      {
        type: 'button',
        class: kind,
        'data-do': what,
        'data-name': connector,
        'data-key': what,
        'aria-label': `${label} ${connector}`,
      },
      label,
    );
  const first = wanted === 'running' ? button('pause', 'Pause') : button('resume', 'Resume');
  if (!all) return [first];
  return [
    first,
    ...(wanted === 'stopped' ? [] : [button('stop', 'Stop')]),
    button('restart', 'Restart'),
    button('delete', 'Delete', 'danger'),
  ];
}
