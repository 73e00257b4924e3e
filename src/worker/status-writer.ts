import type { ConnectorStatus, DataDir } from '../store/index.js';

const writeEveryMs = 1_000;

/** Writes the status of each connector to the data directory, once a second where it has changed. */
export class StatusWriter {
  readonly #dataDir: DataDir;
  readonly #status: () => readonly ConnectorStatus[];
  readonly #has: (connector: string) => boolean;
  readonly #written = new Map<string, string>();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    dataDir: DataDir,
    status: () => readonly ConnectorStatus[],
    has: (connector: string) => boolean,
  ) {
    this.#dataDir = dataDir;
    this.#status = status;
    this.#has = has;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#next();
    }, writeEveryMs);
    this.#next();
  }

  /** Writes the last state. Rejects when it could not be written. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#writing;
    await this.#write();
  }

  /** Takes away what was written of a connector whose status is not among them any more. */
  forget(connector: string): Promise<void> {
    const forgotten = this.#writing.then(async () => {
      // One that comes under the same name later is to be written, whatever it is like.
      this.#written.delete(connector);
      await this.#dataDir.connector(connector).removeStatus();
    });
    this.#writing = forgotten.catch(() => undefined);
    return forgotten;
  }

  #next(): void {
    // A disk that fails now may work a second later; the last write tells whether it did.
    this.#writing = this.#writing.then(() => this.#write()).catch(() => undefined);
  }

  async #write(): Promise<void> {
    for (const status of this.#status()) {
      // It may have gone while those before it were written.
      if (!this.#has(status.connector)) continue;
      const essence = JSON.stringify({ ...status, updated_at: null });
      if (this.#written.get(status.connector) === essence) continue;
      await this.#dataDir.connector(status.connector).status.write(status, { durable: false });
      this.#written.set(status.connector, essence);
    }
  }
}
