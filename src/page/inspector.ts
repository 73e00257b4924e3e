import { listen } from './api.js';
import { connectorPath, readConfig, readOffsets } from './calls.js';
import { nothingLooked, type Looked, type Tapped } from './looked.js';

const offsetsEveryMs = 3_000;
const mostTapped = 50;

/** Asks for what only the page of one connector shows. */
export class Inspector {
  readonly #changed: () => void;
  #name: string | null = null;
  #looked: Looked = nothingLooked;
  #timer: ReturnType<typeof setInterval> | undefined;
  #tap: AbortController | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get looked(): Looked {
    return this.#looked;
  }

  /** Null: at none. */
  look(name: string | null): void {
    if (name === this.#name) return;
    this.untap();
    clearInterval(this.#timer);
    this.#name = name;
    this.#looked = nothingLooked;
    if (name === null) return;
    void this.#read(name);
    this.#timer = setInterval(() => {
      if (!document.hidden) void this.#read(name);
    }, offsetsEveryMs);
  }

  async #read(name: string): Promise<void> {
    // What cannot be told (through a proxy, of one that was just deleted, of a broker that is away) stays unknown.
    const [offsets, config] = await Promise.all([
      readOffsets(name).catch(() => null),
      readConfig(name).catch(() => null),
    ]);
    if (name !== this.#name) return;
    this.#looked = { ...this.#looked, offsets, config };
    this.#changed();
  }

  tap(stage: 'before' | 'after', failed: (error: unknown) => void): void {
    const name = this.#name;
    if (name === null) return;
    this.untap();
    const tap = new AbortController();
    this.#tap = tap;
    this.#looked = { ...this.#looked, tapped: [] };
    let number = 0;
    const heard = (data: unknown): void => {
      const record = { ...(data as Omit<Tapped, 'number'>), number: (number += 1) };
      this.#looked = {
        ...this.#looked,
        tapped: [record, ...(this.#looked.tapped ?? [])].slice(0, mostTapped),
      };
      this.#changed();
    };
    const failing = (error: unknown): void => {
      if (!tap.signal.aborted) failed(error);
    };
    listen(`${connectorPath(name)}/tap?stage=${stage}&per_second=3`, heard, tap.signal).then(() => {
      failing(new Error('no more records come: the worker or the connector has ended'));
    }, failing);
  }

  untap(): void {
    this.#tap?.abort();
    this.#tap = null;
    this.#looked = { ...this.#looked, tapped: null };
  }
}
