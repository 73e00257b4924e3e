import type { ClusterDefinition } from '../../job/definition.js';
import type { Cluster } from '../../rocketmq/cluster.js';
import type { Lag } from '../../sdk/index.js';
import type { ConnectorStatus, DataDir } from '../../store/index.js';
import { readLag, unknownLag } from '../lag.js';
import type { Restored } from '../restored.js';

const readFirstMs = 300;
const readEveryMs = 2_000;

/** Reads the lag of running connectors every few seconds, with the functions of `lag`. */
export class LagWatch {
  readonly #lags = new Map<string, Lag>();
  readonly #read: () => Promise<void>;
  #timer: NodeJS.Timeout | null = null;
  #reading: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    connectors: () => readonly Restored[],
    dataDir: DataDir,
    open: (definition: ClusterDefinition) => Promise<Cluster>,
    status: () => readonly ConnectorStatus[],
  ) {
    this.#read = async () => {
      const statuses = new Map(status().map((one) => [one.connector, one]));
      for (const { definition, cluster } of connectors()) {
        if (this.#closed) return;
        const subject = { definition, cluster, status: statuses.get(definition.name) ?? null, live: true };
        // A task that cannot reach the other side says so itself; here the lag is just not known.
        const lag = await readLag(subject, dataDir, open, Date.now()).catch(() => unknownLag);
        this.#lags.set(definition.name, lag);
      }
    };
  }

  lagOf(connector: string): Lag {
    return this.#lags.get(connector) ?? unknownLag;
  }

  start(): void {
    this.#readIn(readFirstMs);
  }

  /** Resolves when no request is on its way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#reading;
  }

  #readIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#reading = this.#read().then(() => {
        if (!this.#closed) this.#readIn(readEveryMs);
      });
    }, ms);
  }
}
