import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterDefinition } from '../../job/definition.js';
import type { Cluster } from '../../rocketmq/cluster.js';
import type { Lag } from '../../sdk/index.js';
import type { ConnectorStatus, DataDir } from '../../store/index.js';
import { Turnstile } from '../../worker/turnstile.js';
import { readLag } from '../lag.js';
import { unknownLag, type LagFound } from '../lag-found.js';
import type { Restored } from '../restored.js';

const readFirstMs = 300;
const readEveryMs = 2_000;
/** More seldom where there are many: so much of the time for each. */
const readEachMs = 20;
/** A lag that is not told by then is unknown; it is waited for all the same, so that nobody is asked twice at once. */
const lateMs = 10_000;
/** How long what is under way at the end may take. */
const endMs = 1_000;
/** The disk and the brokers have better things to do than to be asked about a thousand connectors at once. */
const readAtOnce = 4;
const usualMs = 500;

/** Reads the lag of running connectors every few seconds, a few at a time, with the functions of `lag`. */
export class LagWatch {
  readonly #lags = new Map<string, Lag>();
  readonly #reading = new Map<string, Promise<void>>();
  readonly #connectors: () => readonly Restored[];
  readonly #read: (one: Restored) => Promise<LagFound>;
  readonly #lateMs: number;
  readonly #turnstile: Turnstile;
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    connectors: () => readonly Restored[],
    dataDir: DataDir,
    open: (definition: ClusterDefinition) => Promise<Cluster>,
    status: (connector: string) => ConnectorStatus | null,
    late = lateMs,
  ) {
    this.#connectors = connectors;
    this.#lateMs = late;
    this.#turnstile = new Turnstile(readAtOnce, Math.min(usualMs, late));
    this.#read = ({ definition, cluster }) => {
      const subject = { definition, cluster, status: status(definition.name), live: true };
      return readLag(subject, dataDir, open, Date.now());
    };
  }

  lagOf(connector: string): Lag {
    return this.#lags.get(connector) ?? unknownLag;
  }

  start(): void {
    this.#readIn(readFirstMs);
  }

  /** Resolves when no request is on its way any more, or does not come back. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#over.abort();
    const over = new AbortController();
    const late = sleep(endMs, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.#reading.values()), late]);
    over.abort();
  }

  #readIn(ms: number): void {
    this.#timer = setTimeout(() => {
      const connectors = this.#connectors();
      const names = new Set(connectors.map(({ definition }) => definition.name));
      for (const name of this.#lags.keys()) if (!names.has(name)) this.#lags.delete(name);
      for (const one of connectors) {
        const { name } = one.definition;
        if (!this.#reading.has(name)) this.#reading.set(name, this.#readOne(one));
      }
      this.#readIn(Math.max(readEveryMs, connectors.length * readEachMs));
    }, ms);
  }

  async #readOne(one: Restored): Promise<void> {
    const { name } = one.definition;
    const leave = await this.#turnstile.enter(this.#over.signal);
    if (this.#over.signal.aborted) {
      leave();
      return;
    }
    const late = setTimeout(() => {
      this.#lags.set(name, unknownLag);
    }, this.#lateMs).unref();
    // A task that cannot reach the other side says so itself; here the lag is just not known.
    const { lag } = await this.#read(one).catch(() => ({ lag: unknownLag }));
    clearTimeout(late);
    leave();
    this.#lags.set(name, lag);
    this.#reading.delete(name);
  }
}
