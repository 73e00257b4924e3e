import { ApiError, useToken } from './api.js';
import { readHistory, readOverview } from './calls.js';
import { h, morph } from './dom.js';
import { duration } from './format.js';
import { Inspector } from './inspector.js';
import { LetterBox } from './letter-box.js';
import type { History, Model, Overview } from './model.js';
import { command } from './calls.js';
import { connectorView } from './views/connector.js';
import { CreateView } from './views/create.js';
import { lettersView } from './views/letters.js';
import { overviewView, sortings, type OverviewChoice, type Sorting } from './views/overview.js';
import { routesView } from './views/routes.js';
import { tokenView } from './views/token.js';

const lookEveryMs = 1_000;
/** The worker takes a sample of it every five seconds. */
const historyEvery = 3;

const pages = [
  ['', 'Connectors'],
  ['routes', 'Routes'],
  ['dead-letters', 'Dead letters'],
  ['new', 'New'],
] as const;

const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found;
};

/** The page: asks the worker every second, and shows what is at the address's fragment. */
class Page {
  readonly #main = byId('main');
  #overview: Overview | null = null;
  #history: History = { at: [], connectors: {} };
  #choice: OverviewChoice = { filter: '', sorting: 'name' };
  #looks = 0;
  readonly #inspector = new Inspector(() => {
    this.#show();
  });
  readonly #letters = new LetterBox(() => {
    this.#show();
  });
  #creating: CreateView | null = null;
  /** The worker wants its token before it tells anything. */
  #locked = false;

  start(): void {
    window.addEventListener('hashchange', () => {
      this.#went();
    });
    document.addEventListener('click', (event) => {
      const button = (event.target as Element).closest<HTMLElement>('[data-do]');
      if (button !== null) void this.#do(button);
    });
    document.addEventListener('input', (event) => {
      const { target } = event;
      if (!(target instanceof HTMLInputElement) || target.id !== 'filter') return;
      this.#choice = { ...this.#choice, filter: target.value };
      this.#show();
    });
    document.addEventListener('submit', (event) => {
      const token = (event.target as Element).querySelector<HTMLInputElement>('#token');
      if (token === null) return;
      event.preventDefault();
      useToken(token.value.trim());
      void this.#look();
    });
    document.addEventListener('keydown', (event) => {
      this.#key(event);
    });
    byId('theme').addEventListener('click', turnTheme);
    this.#went();
    void this.#lookOn();
  }

  async #lookOn(): Promise<void> {
    for (;;) {
      if (!document.hidden) await this.#look();
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }

  async #look(): Promise<void> {
    const health = byId('health');
    try {
      this.#overview = await readOverview();
      if (this.#looks % historyEvery === 0) this.#history = await readHistory();
      this.#looks += 1;
      const wasLocked = this.#locked;
      this.#locked = false;
      if (wasLocked) this.#went();
      const { version, started_at } = this.#overview;
      health.textContent = `up ${duration((Date.now() - Date.parse(started_at)) / 1000)}`;
      health.className = '';
      byId('foot').textContent = `rmq-connect ${version} · ${this.#overview.clusters.join(', ')}`;
      this.#show();
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        this.#locked = true;
        this.#show();
      } else {
        health.textContent = 'The worker does not answer';
        health.className = 'away';
      }
    }
  }

  get #place(): readonly [page: string, name: string] {
    const [page = '', name = ''] = location.hash.replace(/^#\/?/, '').split('/');
    return [page, decodeURIComponent(name)];
  }

  #went(): void {
    const [page, name] = this.#place;
    byId('nav').replaceChildren(
      ...pages.map(([path, title]) =>
        h('a', { href: `#/${path}`, 'aria-current': path === page ? 'page' : null }, title),
      ),
    );
    this.#inspector.look(page === 'connector' ? name : null);
    this.#creating?.close();
    this.#creating = null;
    if (page === 'dead-letters') void this.#letters.read().catch(tellFailure);
    if (page === 'new') this.#openForm();
    const title = pages.find(([path]) => path === page)?.[1] ?? name;
    document.title = `${title} · rmq-connect`;
    this.#show();
    if (page !== 'new') this.#main.focus({ preventScroll: true });
  }

  #openForm(): void {
    const creating = new CreateView((name) => {
      location.hash = `#/connector/${encodeURIComponent(name)}`;
    });
    this.#creating = creating;
    this.#main.replaceChildren(creating.element);
    creating.open().catch(tellFailure);
  }

  #show(): void {
    const [page, name] = this.#place;
    // The form changes only by what is typed.
    if (page === 'new' && !this.#locked) return;
    const fresh = document.createElement('main');
    for (const { name: attribute, value } of this.#main.attributes) fresh.setAttribute(attribute, value);
    if (this.#locked) fresh.append(tokenView());
    else if (this.#overview === null) fresh.append(h('p', { class: 'empty' }, 'Asking the worker …'));
    else fresh.append(this.#view({ overview: this.#overview, history: this.#history }, page, name));
    morph(this.#main, fresh);
  }

  #view(model: Model, page: string, name: string): HTMLElement {
    switch (page) {
      case 'connector':
        return connectorView(model, name, this.#inspector.looked);
      case 'routes':
        return routesView(model);
      case 'dead-letters':
        return lettersView(this.#letters.groups);
      default:
        return overviewView(model, this.#choice);
    }
  }

  async #do(button: HTMLElement): Promise<void> {
    const { do: what = '', name = '', task, by, stage, index } = button.dataset;
    try {
      switch (what) {
        case 'sort':
          if (by !== undefined && by in sortings) this.#choice = { ...this.#choice, sorting: by as Sorting };
          break;
        case 'tap':
          this.#inspector.tap(stage === 'after' ? 'after' : 'before', tellFailure);
          break;
        case 'untap':
          this.#inspector.untap();
          break;
        case 'replay':
          tell(await this.#letters.replay(Number(index)), 'good');
          break;
        case 'close':
          byId('notice').replaceChildren();
          break;
        case 'delete':
          if (!confirm(`Delete ${name}? It stops, and its definition is removed. What it has moved stays.`))
            return;
          tell(await command(what, name, task), 'good');
          location.hash = '#/';
          break;
        default:
          tell(await command(what, name, task), 'good');
      }
      if (what !== 'sort') await this.#look();
    } catch (error) {
      tellFailure(error);
    }
    this.#show();
  }

  #key(event: KeyboardEvent): void {
    const inField = (event.target as Element).closest('input, select, textarea') !== null;
    if (event.key === 'Escape' && inField) (event.target as HTMLElement).blur();
    if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
    const goes: Readonly<Record<string, string>> = {
      c: '#/',
      r: '#/routes',
      d: '#/dead-letters',
      n: '#/new',
    };
    if (event.key === '/') {
      const filter = document.getElementById('filter');
      if (filter === null) return;
      event.preventDefault();
      filter.focus();
      return;
    }
    const to = goes[event.key];
    if (to === undefined) return;
    event.preventDefault();
    location.hash = to;
  }
}

function tell(text: string, kind: 'good' | 'bad'): void {
  const notice = byId('notice');
  notice.className = kind;
  notice.replaceChildren(
    h('span', {}, text),
    h('button', { type: 'button', class: 'quiet', 'data-do': 'close', 'aria-label': 'Close' }, '✕'),
  );
}

function tellFailure(error: unknown): void {
  tell(error instanceof Error ? error.message : String(error), 'bad');
}

function turnTheme(): void {
  const { dataset } = document.documentElement;
  const isDark =
    (dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  dataset.theme = isDark ? 'light' : 'dark';
  localStorage.setItem('theme', dataset.theme);
}

const theme = localStorage.getItem('theme');
if (theme !== null) document.documentElement.dataset.theme = theme;
new Page().start();
