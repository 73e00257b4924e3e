import { h } from '../dom.js';
import type { Field } from './schema.js';

export const idOf = (path: readonly string[]): string => `field.${path.join('.')}`;

/** A field, with its label, what it is for, and room for what is wrong with it. */
export function fieldView(field: Field): HTMLElement {
  const { kind, name, description, path } = field;
  const id = idOf(path);
  if (kind.kind === 'group') return groupView(field, kind.fields);
  const about = [
    description,
    kind.kind === 'list' ? 'One a line.' : '',
    kind.kind === 'json' ? 'As JSON.' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
  const parts = [
    h('label', { for: id }, name, field.required && h('span', { class: 'bad', 'aria-hidden': 'true' }, ' *')),
    about !== '' && h('div', { class: 'hint', id: `${id}.hint` }, about),
    h('div', { class: 'wrong', id: `${id}.wrong` }),
  ];
  const input = inputOf(field, id);
  if (kind.kind === 'flag') return h('div', { class: 'field flag' }, input, parts);
  const [label, ...rest] = parts;
  return h('div', { class: 'field' }, label, input, rest);
}

function groupView({ name, required, path, description }: Field, fields: readonly Field[]): HTMLElement {
  const needed = fields.filter((field) => field.required);
  const rest = fields.filter((field) => !field.required);
  const content = [
    description !== '' && h('div', { class: 'hint' }, description),
    h('div', { class: 'wrong bad', id: `${idOf(path)}.wrong` }),
    needed.map(fieldView),
    rest.length > 0 &&
      (needed.length === 0 && path.length === 1
        ? rest.map(fieldView)
        : h(
            'details',
            {},
            h('summary', {}, `More settings of ${name}`),
            h('div', { class: 'fields' }, rest.map(fieldView)),
          )),
  ];
  if (required || path.length === 1) return h('fieldset', {}, h('legend', {}, name), content);
  return h('details', {}, h('summary', {}, name), h('fieldset', {}, content));
}

function inputOf(field: Field, id: string): HTMLElement {
  const { kind, standard, required, path } = field;
  const common = {
    id,
    'data-path': JSON.stringify(path),
    'data-kind': kind.kind,
    'aria-describedby': `${id}.wrong ${id}.hint`,
    'aria-required': required ? 'true' : null,
  };
  switch (kind.kind) {
    case 'choice':
      return h(
        'select',
        common,
        h('option', { value: '' }, standard === null ? '' : `${standard} (default)`),
        kind.options
          .filter((option) => option !== standard)
          .map((option) => h('option', { value: option }, option)),
      );
    case 'flag':
      return h('input', {
        ...common,
        type: 'checkbox',
        checked: standard === 'true',
        'data-standard': standard,
      });
    case 'list':
    case 'json':
      return h('textarea', { ...common, rows: 2, spellcheck: 'false', class: 'mono', placeholder: standard });
    case 'number':
      return h('input', { ...common, inputmode: 'decimal', autocomplete: 'off', placeholder: standard });
    case 'text':
    case 'group':
      return h('input', { ...common, autocomplete: 'off', spellcheck: 'false', placeholder: standard });
  }
}

/** The connector's entry as it is filled in; what is left empty is left out. */
export function entryOf(form: Element): Record<string, unknown> {
  const entry: Record<string, unknown> = {};
  for (const input of form.querySelectorAll<HTMLInputElement>('[data-path]')) {
    const value = valueOf(input);
    if (value === undefined) continue;
    const path = JSON.parse(input.dataset.path ?? '[]') as readonly string[];
    put(entry, path, value);
  }
  return entry;
}

function put(entry: Record<string, unknown>, [first, ...rest]: readonly string[], value: unknown): void {
  if (first === undefined) return;
  if (rest.length === 0) {
    entry[first] = value;
    return;
  }
  const inner = (entry[first] ?? {}) as Record<string, unknown>;
  entry[first] = inner;
  put(inner, rest, value);
}

/** Undefined: left to the default. What cannot be read is passed on as it is: the worker says what is wrong. */
function valueOf(input: HTMLInputElement): unknown {
  const { kind, standard } = input.dataset;
  if (kind === 'flag') return String(input.checked) === (standard ?? 'false') ? undefined : input.checked;
  const text = input.value.trim();
  if (text === '') return undefined;
  if (kind === 'list')
    return text
      .split('\n')
      .map((row) => row.trim())
      .filter((row) => row !== '');
  if (kind === 'number') return Number.isNaN(Number(text)) ? text : Number(text);
  if (kind !== 'json') return input.value;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
