import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { isNotFound } from './atomic-file.js';
import { ConnectorStore } from './connector-store.js';
import { JsonFile } from './json-file.js';
import { removeLeftBehind } from './left-behind.js';
import { acquireLock, lockOwner, type Lock, type LockOwner } from './lock.js';

const brokerAddress = z.object({ version: z.literal(1), pid: z.number().int(), address: z.string() });
export type BrokerAddress = z.infer<typeof brokerAddress>;

const apiAddress = z.object({
  version: z.literal(1),
  pid: z.number().int(),
  url: z.string(),
  /** null: none is asked for. */
  token: z.string().nullable(),
});
export type ApiAddress = z.infer<typeof apiAddress>;

/**
 * What rmq-connect remembers on this machine:
 *
 *     lock                     held by the worker that runs
 *     broker/                  the embedded broker's store
 *     broker.json              where the embedded broker listens, while one runs
 *     api.json                 where the worker's API listens, while one does
 *     connectors/NAME/         definition.json, wanted.json, positions.json, queue-marks.json, state.json, status.json, and
 *                              where there are dead letters, dead-letters.json and dead-letter-marks.json;
 *                              of a mirror group-sync.json and offset-map/
 *     backups/                 offsets as they were before a person changed them
 */
export class DataDir {
  readonly root: string;
  readonly brokerFolder: string;
  readonly broker: JsonFile<BrokerAddress>;
  readonly api: JsonFile<ApiAddress>;
  readonly #connectors: string;
  readonly #lock: string;

  constructor(root: string) {
    this.root = resolve(root);
    this.brokerFolder = join(this.root, 'broker');
    this.broker = new JsonFile(join(this.root, 'broker.json'), brokerAddress);
    this.api = new JsonFile(join(this.root, 'api.json'), apiAddress);
    this.#connectors = join(this.root, 'connectors');
    this.#lock = join(this.root, 'lock');
  }

  async create(): Promise<void> {
    await mkdir(this.#connectors, { recursive: true, mode: 0o700 });
  }

  /** Clears away what dead processes were writing. For the one worker that may run here, and for what no worker may run beside. Throws `LockedError`. */
  async lock(what = 'rmq-connect run'): Promise<Lock> {
    await this.create();
    const lock = await acquireLock(this.#lock, what);
    try {
      const names = await this.connectors();
      await removeLeftBehind([this.root, ...names.map((name) => join(this.#connectors, name))]);
      return lock;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** For offsets as they were before they were changed by a person. */
  get backupFolder(): string {
    return join(this.root, 'backups');
  }

  /** The worker that runs here now; null where none does. */
  runningWorker(): Promise<LockOwner | null> {
    return lockOwner(this.#lock);
  }

  /** Writes where the API of this process listens. */
  async announceApi(url: string, token: string | null): Promise<void> {
    await this.api.write({ version: 1, pid: process.pid, url, token }, { durable: false });
  }

  /** Takes back what this process announced. */
  async withdrawApi(): Promise<void> {
    if ((await this.api.read())?.pid === process.pid) await rm(this.api.path, { force: true });
  }

  connector(name: string): ConnectorStore {
    return new ConnectorStore(this.#connectors, name);
  }

  /** Names of all connectors that ever ran here and were not forgotten, sorted. */
  async connectors(): Promise<readonly string[]> {
    try {
      const entries = await readdir(this.#connectors, { withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort();
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }
}
