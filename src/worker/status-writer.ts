import { setImmediate as breathe } from 'node:timers/promises';
import type { DataDir } from '../store/index.js';
import type { ConnectorMonitor } from './monitor.js';

const writeEveryMs = 1_000;
/** Writing takes at most one part in so many of the time: with a thousand connectors it is done more seldom. */
const restParts = 4;
/** So many are looked at in one go; the worker has others to serve. */
const atOnce = 50;

/** Writes the status of each connector to the data directory, about once a second where it has changed. */
export class StatusWriter {
  readonly #dataDir: DataDir;
  readonly #monitors: () => readonly ConnectorMonitor[];
  readonly #has: (connector: string) => boolean;
  readonly #written = new Map<string, string>();
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  #writing: Promise<void> = Promise.resolve();
  /** What is written at the moment, or was last. */
  #now: { readonly connector: string; readonly written: Promise<void> } | null = null;

  constructor(
    dataDir: DataDir,
    monitors: () => readonly ConnectorMonitor[],
    has: (connector: string) => boolean,
  ) {
    this.#dataDir = dataDir;
    this.#monitors = monitors;
    this.#has = has;
  }

  start(): void {
    const startedAt = performance.now();
    // A disk that fails now may work a second later; the last write tells whether it did.
    this.#writing = this.#writing.then(() => this.#write()).catch(() => undefined);
    void this.#writing.then(() => {
      if (this.#closed) return;
      const took = performance.now() - startedAt;
      this.#timer = setTimeout(
        () => {
          this.start();
        },
        Math.max(writeEveryMs - took, took * restParts),
      );
    });
  }

  /** Writes the last state. Rejects when it could not be written. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#writing;
    await this.#write();
  }

  /** Takes away what was written of a connector that is not among them any more. */
  async forget(connector: string): Promise<void> {
    // Those of all the others take their time; nobody waits for them who wants to use the name again.
    if (this.#now?.connector === connector) await this.#now.written;
    // One that comes under the same name later is to be written, whatever it is like.
    this.#written.delete(connector);
    await this.#dataDir.connector(connector).removeStatus();
  }

  async #write(): Promise<void> {
    for (const [index, monitor] of this.#monitors().entries()) {
      if (index % atOnce === atOnce - 1) await breathe();
      // It may have gone while those before it were written.
      if (!this.#has(monitor.name)) continue;
      const written = this.#writeOne(monitor);
      this.#now = { connector: monitor.name, written: written.catch(() => undefined) };
      await written;
    }
  }

  async #writeOne(monitor: ConnectorMonitor): Promise<void> {
    const status = monitor.status();
    const essence = JSON.stringify({ ...status, updated_at: null });
    if (this.#written.get(monitor.name) === essence) return;
    await this.#dataDir.connector(monitor.name).status.write(status, { durable: false });
    this.#written.set(monitor.name, essence);
  }
}
