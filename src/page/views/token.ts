import { h } from '../dom.js';

/** Asks for the token of the API. */
export function tokenView(): HTMLElement {
  return h(
    'form',
    { class: 'panel fields', 'data-key': 'token' },
    h('h1', {}, 'This worker asks for its token'),
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'token' }, 'Token'),
      h('input', { id: 'token', type: 'password', autocomplete: 'off' }),
      h('div', { class: 'hint' }, 'It is kept until this tab is closed.'),
    ),
    h('div', { class: 'bar' }, h('button', { type: 'submit', class: 'primary' }, 'Show the worker')),
  );
}
