import type { Overview } from '../../metrics/overview.js';
import { tell } from '../exit-code.js';
import { LiveRegion } from '../live-region.js';
import type { Output } from '../output.js';
import { everyUntilStopped } from '../watch.js';
import type { WorkerApi } from '../worker-api.js';
import { pressed, type Choice, type Wish } from './choice.js';
import { readKeys } from './keys.js';
import { topScreen } from './view.js';

/** How long it is said what a key has done. */
const noticeMs = 5_000;

/** The list on a terminal, read again and again, with keys. */
export class TopScreen {
  readonly #api: WorkerApi;
  readonly #out: Output;
  readonly #intervalMs: number;
  readonly #region: LiveRegion;
  readonly #quit = new AbortController();
  #choice: Choice;
  #overview: Overview;
  #notice = { text: '', until: 0 };

  constructor(api: WorkerApi, out: Output, choice: Choice, overview: Overview, intervalMs: number) {
    this.#api = api;
    this.#out = out;
    this.#intervalMs = intervalMs;
    this.#choice = { ...choice, selected: overview.connectors[0]?.connector ?? null };
    this.#overview = overview;
    this.#region = new LiveRegion(out, 'data');
  }

  /** Until q or Ctrl-C is pressed, or a signal comes. */
  async run(): Promise<void> {
    const stopKeys = readKeys((key) => {
      this.#pressed(key);
    });
    try {
      await everyUntilStopped(this.#intervalMs, AbortSignal.any([this.#out.closed, this.#quit.signal]), () =>
        this.#read(),
      );
    } finally {
      stopKeys();
      this.#region.close();
    }
  }

  async #read(): Promise<void> {
    try {
      this.#overview = await this.#api.ask<Overview>('GET', '/overview');
    } catch (error) {
      // It may be back at the next look.
      this.#say(this.#out.style.red(tell(error).message));
    }
    this.#draw();
  }

  #pressed(key: string): void {
    const { choice, wish, quit } = pressed(key, this.#choice, this.#overview.connectors);
    this.#choice = choice;
    if (quit) this.#quit.abort();
    if (wish !== null) void this.#fulfil(wish);
    if (!quit) this.#draw();
  }

  async #fulfil({ what, connector }: Wish): Promise<void> {
    const path = `/connectors/${encodeURIComponent(connector)}`;
    try {
      if (what === 'restart') await this.#api.ask('POST', `${path}/restart?includeTasks=true`);
      else await this.#api.ask('PUT', `${path}/${what}`);
      this.#say(`${connector}: ${what} was asked for`);
    } catch (error) {
      this.#say(this.#out.style.red(`${connector}: ${tell(error).message}`));
    }
    await this.#read();
  }

  #say(text: string): void {
    this.#notice = { text, until: performance.now() + noticeMs };
  }

  #draw(): void {
    const { text, until } = this.#notice;
    const notice = performance.now() < until ? text : '';
    this.#region.show(topScreen(this.#overview, this.#choice, notice, this.#out.rows, this.#out.style));
  }
}
