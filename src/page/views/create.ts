import { ApiError, ask, get, type Problem } from '../api.js';
import { h, morph } from '../dom.js';
import { entryOf, fieldView, idOf } from '../form/fields.js';
import { fieldsOf, variantsOf, type Schema } from '../form/schema.js';

/** What a definition would do. */
interface Preview {
  readonly problems: readonly Problem[];
  /** What it would do, in a sentence; null where it does not hold. */
  readonly sentence: string | null;
}

/** Long enough that nobody is corrected in the middle of a word. */
const settleMs = 250;

/** Makes a connector: a form from the plugin's spec, checked by the worker while it is filled in. */
export class CreateView {
  readonly element = h('div', { class: 'columns', 'data-key': 'create' });
  readonly #created: (name: string) => void;
  #schema: Schema = {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Answers may overtake each other. */
  #asked = 0;
  /** What has been filled in once: an empty form is not told what it lacks. */
  readonly #touched = new Set<string>();

  constructor(created: (name: string) => void) {
    this.#created = created;
    this.element.addEventListener('input', (event) => {
      this.#changed(event.target);
    });
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#create();
    });
  }

  async open(): Promise<void> {
    this.#schema = await get<Schema>('schema');
    const names = [...variantsOf(this.#schema).keys()];
    this.element.replaceChildren(
      h(
        'form',
        { class: 'panel fields', id: 'create', autocomplete: 'off', novalidate: true },
        h('h1', {}, 'New connector'),
        h(
          'div',
          { class: 'field' },
          h('label', { for: 'variant' }, 'What'),
          h(
            'select',
            { id: 'variant' },
            h('option', { value: '' }, 'Choose …'),
            names.map((name) => h('option', { value: name }, name)),
          ),
        ),
        h(
          'div',
          { class: 'field' },
          h('label', { for: 'name' }, 'name'),
          h('input', { id: 'name', spellcheck: 'false', 'aria-describedby': 'name.wrong' }),
          h('div', { class: 'wrong', id: 'name.wrong' }),
        ),
        h('div', { class: 'fields', id: 'settings' }),
        h(
          'div',
          { class: 'bar' },
          h('button', { type: 'submit', class: 'primary', id: 'submit', disabled: true }, 'Create'),
          h('a', { href: '#/' }, 'Cancel'),
        ),
      ),
      h(
        'div',
        { class: 'sticky' },
        h(
          'section',
          { class: 'panel', id: 'preview', 'aria-label': 'What it would do', 'aria-live': 'polite' },
          h('h2', {}, 'What it would do'),
          h('p', { class: 'dim' }, 'Choose what to make, and fill in the form.'),
        ),
        h('section', { class: 'panel' }, h('h2', {}, 'Definition'), h('pre', { id: 'definition' })),
      ),
    );
    this.#find('variant').focus();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
  }

  #find(id: string): HTMLInputElement {
    const found = this.element.querySelector<HTMLInputElement>(`#${CSS.escape(id)}`);
    if (found === null) throw new Error(`the form has no ${id}`);
    return found;
  }

  #changed(target: EventTarget | null): void {
    if (!(target instanceof HTMLElement)) return;
    if (target.id === 'variant') this.#choose();
    else this.#touched.add(target.id);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#check(), settleMs);
  }

  #choose(): void {
    const variant = variantsOf(this.#schema).get(this.#find('variant').value);
    this.#touched.clear();
    const fields = variant === undefined ? [] : fieldsOf(variant, this.#schema);
    const first = fields.filter(
      ({ name, required }) => required || ['topic', 'topics', 'config', 'format'].includes(name),
    );
    first.sort((one, other) => Number(one.name === 'config') - Number(other.name === 'config'));
    const rest = fields.filter((field) => !first.includes(field));
    this.#find('settings').replaceChildren(
      ...first.map(fieldView),
      ...(rest.length === 0
        ? []
        : [
            h(
              'details',
              {},
              h('summary', {}, 'More settings'),
              h('div', { class: 'fields' }, rest.map(fieldView)),
            ),
          ]),
    );
  }

  /** As a job file has it below `connectors:`. */
  get #entry(): Record<string, unknown> {
    const [kind = '', plugin = ''] = this.#find('variant').value.split(': ');
    return kind === '' ? {} : { [kind]: plugin, ...entryOf(this.#find('settings')) };
  }

  async #check(): Promise<void> {
    if (this.#find('variant').value === '') return;
    this.#asked += 1;
    const asked = this.#asked;
    const name = this.#find('name').value;
    const config = this.#entry;
    this.#find('definition').textContent = JSON.stringify({ name, config }, null, 2);
    const preview = await ask<Preview>('POST', 'plan', { name, config }).catch((error: unknown) => ({
      problems: [{ message: error instanceof Error ? error.message : String(error) }],
      sentence: null,
    }));
    if (asked === this.#asked) this.#tell(preview);
  }

  #tell({ problems, sentence }: Preview): void {
    for (const marked of this.element.querySelectorAll('[aria-invalid]'))
      marked.removeAttribute('aria-invalid');
    for (const wrong of this.element.querySelectorAll('.wrong')) wrong.textContent = '';
    for (const problem of problems) this.#mark(problem);
    const fresh = h(
      'section',
      { class: 'panel', id: 'preview', 'aria-label': 'What it would do', 'aria-live': 'polite' },
      h('h2', {}, 'What it would do'),
      sentence !== null && h('p', {}, sentence),
      problems.length > 0 &&
        h(
          'ul',
          { class: 'problems' },
          problems.map(({ message, hint }) =>
            h('li', {}, message, typeof hint === 'string' && h('div', { class: 'dim' }, hint)),
          ),
        ),
    );
    const shown = this.element.querySelector('#preview');
    if (shown !== null) morph(shown, fresh);
    this.#find('submit').disabled = sentence === null;
  }

  /** At its field, once something was typed there. */
  #mark({ path, message }: Problem): void {
    const inner = (path ?? '').split('.').filter((part) => part !== '');
    for (let length = inner.length; length >= 0; length -= 1) {
      const id = length === 0 ? 'name' : idOf(inner.slice(0, length));
      const wrong = this.element.querySelector(`#${CSS.escape(`${id}.wrong`)}`);
      if (wrong === null) continue;
      if (!this.#touched.has(id)) return;
      wrong.textContent = message;
      this.element.querySelector(`#${CSS.escape(id)}`)?.setAttribute('aria-invalid', 'true');
      return;
    }
  }

  async #create(): Promise<void> {
    const name = this.#find('name').value;
    const submit = this.#find('submit');
    submit.disabled = true;
    try {
      await ask('POST', 'connectors', { name, config: this.#entry });
      this.#created(name);
    } catch (error) {
      const problems =
        error instanceof ApiError && error.problems.length > 0
          ? error.problems
          : [{ message: error instanceof Error ? error.message : String(error) }];
      this.#tell({ problems, sentence: null });
    }
  }
}
