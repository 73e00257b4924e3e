import { setTimeout as delay } from 'node:timers/promises';
import type { Lease, OutMessage, Producer, Queue } from '../rocketmq/cluster.js';
import { RocketmqError } from '../rocketmq/errors.js';
import { ConnectorError } from '../sdk/index.js';
import { isRetryable, OccupiedError } from './failure.js';
import type { ConnectorMonitor } from './monitor.js';
import type { RunnerContext } from './runner.js';

/** All in milliseconds. */
export interface HoldTimes {
  readonly renewEvery: number;
  /** Nothing is sent to a broker that has not renewed the lease for so long. */
  readonly trusted: number;
  /** A holder that is at no broker for so long is gone; longer than `trusted`, so that it sends nothing by then. */
  readonly goneAfter: number;
  readonly lookEvery: number;
}

const usualTimes: HoldTimes = {
  renewEvery: 5_000,
  trusted: 10_000,
  goneAfter: 15_000,
  lookEvery: 1_000,
};

export interface HoldOptions {
  readonly connector: string;
  /** Clients of this data directory's former workers: they are dead, whatever a broker still keeps for them. */
  readonly dead: readonly string[];
  /** Has the next worker know this one as dead; called before anything is locked in its name. */
  readonly leaveName: () => Promise<void>;
  readonly context: Pick<RunnerContext, 'monitor' | 'emit' | 'stop' | 'once'>;
  /** How long `once` waits for another worker. */
  readonly giveUpAfterMs: number;
  readonly times?: HoldTimes;
}

/** Hears that messages were stored, the first one at `offset`, and may say why all must be looked up anew. */
export type Stored = (messages: readonly OutMessage[], offset: number | null) => Error | null;

/**
 * The right to be the one worker that sends for a source. It is taken before the source starts, and kept by
 * renewing it; before each send it is made sure that the broker still knows of it.
 */
export class SourceHold {
  readonly #lease: Lease;
  readonly #options: HoldOptions;
  readonly #times: HoldTimes;
  readonly #renewedAt = new Map<string, number>();
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #renewing: Promise<void> | null = null;
  /** Clients of other workers that had it while this one stood by; empty where it did not have to. */
  readonly former: readonly string[];
  readonly stoodBy: boolean;
  /** Brokers that were away since something was last sent to them. */
  readonly #unchecked = new Set<string>();
  readonly #confirming = new Map<string, Promise<void>>();
  /** Asked before the first send to a broker that was away: why all must be looked up anew, or null. */
  check: (broker: string) => Promise<Error | null> = () => Promise.resolve(null);

  private constructor(lease: Lease, options: HoldOptions, wait: Standby, granted: readonly string[]) {
    this.#lease = lease;
    this.#options = options;
    this.#times = options.times ?? usualTimes;
    this.former = wait.seen;
    this.stoodBy = wait.stoodBy;
    this.#note(granted);
    this.#timer = setInterval(() => {
      this.#renew().catch(() => undefined); // Whoever sends tries again, and says so.
    }, this.#times.renewEvery);
  }

  /** Resolves when this worker may send; null where nothing keeps others from it. */
  static async acquire(producer: Producer, options: HoldOptions): Promise<SourceHold | null> {
    const { lease } = producer;
    if (lease === undefined) return null;
    const wait = new Standby(lease, options);
    try {
      await lease.free(options.dead);
      await options.leaveName();
      const granted = await wait.granted();
      return new SourceHold(lease, options, wait, granted);
    } catch (error) {
      const cannot =
        error instanceof RocketmqError && (error.code === 'denied' || error.code === 'unsupported');
      if (!cannot) throw error;
      const message = `other workers with this connector are not kept from sending: ${error.message}`;
      options.context.emit({ type: 'warning', message });
      return null;
    }
  }

  /** Aborts when another worker has it, or the broker has lost data: what was read must be looked up anew. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** The producer, which sends only while this worker has the right to. `sending` is asked before each send. */
  guard(producer: Producer, sending: (queue: Queue) => Stored): Producer {
    const send: Producer['send'] = async (queue, messages, signal) => {
      await this.#ensure(queue.broker);
      const stored = sending(queue);
      try {
        const sent = await producer.send(queue, messages, signal);
        const why = stored(messages, sent.offset);
        if (why !== null) this.#lost.abort(why);
        return sent;
      } catch (error) {
        // A topic that comes back is another one.
        if (error instanceof RocketmqError && error.code === 'topic_not_found') {
          this.#unchecked.add(queue.broker);
        }
        throw error;
      }
    };
    return {
      queues: (topic) => producer.queues(topic),
      knows: (queue) => producer.knows(queue),
      sizeOf: (message) => producer.sizeOf(message),
      maxBatchBytes: producer.maxBatchBytes,
      maxBatchMessages: producer.maxBatchMessages,
      send,
      ...(producer.trail === undefined ? {} : { trail: producer.trail }),
      close: () => producer.close(),
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing?.catch(() => undefined);
    if (!this.#lost.signal.aborted) await this.#lease.release();
  }

  async #ensure(broker: string): Promise<void> {
    this.#lost.signal.throwIfAborted();
    if (this.#isSure(broker) && !this.#unchecked.has(broker)) return;
    const confirming =
      this.#confirming.get(broker) ??
      this.#confirm(broker).finally(() => {
        this.#confirming.delete(broker);
      });
    this.#confirming.set(broker, confirming);
    await confirming;
    this.#lost.signal.throwIfAborted();
  }

  async #confirm(broker: string): Promise<void> {
    if (!this.#isSure(broker)) await this.#renew();
    this.#lost.signal.throwIfAborted();
    if (!this.#isSure(broker)) {
      throw new RocketmqError(
        'unreachable',
        `broker ${broker} does not confirm that this worker may send for ${this.#options.connector}`,
      );
    }
    if (!this.#unchecked.has(broker)) return;
    const why = await this.check(broker);
    if (why === null) this.#unchecked.delete(broker);
    else this.#lost.abort(why);
  }

  #isSure(broker: string): boolean {
    const at = this.#renewedAt.get(broker);
    return at !== undefined && performance.now() - at < this.#times.trusted && !this.#lease.isStale(broker);
  }

  #renew(): Promise<void> {
    this.#renewing ??= this.#take().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #take(): Promise<void> {
    for (const broker of this.#renewedAt.keys()) {
      if (this.#lease.isStale(broker)) this.#unchecked.add(broker);
    }
    const { refused, granted } = await this.#lease.take();
    if (!refused) {
      this.#note(granted);
      return;
    }
    this.#lost.abort(
      new ConnectorError('unavailable', `another worker has taken over ${this.#options.connector}`, {
        hint: 'stop one of the two, or give this connector another name if it reads something else',
      }),
    );
  }

  #note(granted: readonly string[]): void {
    for (const broker of granted) this.#renewedAt.set(broker, performance.now());
  }
}

/** Waits until no other worker has the lease, and says meanwhile who has it. */
class Standby {
  readonly #lease: Lease;
  readonly #options: HoldOptions;
  readonly #times: HoldTimes;
  /** When each other client was last seen online, by the monotonic clock. */
  readonly #seen = new Map<string, number>();
  stoodBy = false;
  #told = '';

  constructor(lease: Lease, options: HoldOptions) {
    this.#lease = lease;
    this.#options = options;
    this.#times = options.times ?? usualTimes;
  }

  get seen(): readonly string[] {
    return [...this.#seen.keys()];
  }

  /** The brokers that granted it. */
  async granted(): Promise<readonly string[]> {
    const { stop, once } = this.#options.context;
    const startedAt = performance.now();
    for (;;) {
      const granted = await this.#try();
      if (granted !== null) return granted;
      if (once && performance.now() - startedAt > this.#options.giveUpAfterMs) {
        throw new OccupiedError(this.#told);
      }
      await delay(this.#times.lookEvery, undefined, { signal: stop });
    }
  }

  async #try(): Promise<readonly string[] | null> {
    try {
      const { refused, granted } = await this.#lease.take();
      if (!refused) return granted;
      this.stoodBy = true;
      await this.#look();
    } catch (error) {
      // Who stands by waits for a broker also; who does not has it told like any other start that fails.
      if (!this.stoodBy || !isRetryable(error)) throw error;
    }
    return null;
  }

  async #look(): Promise<void> {
    const online = await this.#lease.others();
    const now = performance.now();
    for (const id of online) this.#seen.set(id, now);
    const gone = this.seen.filter((id) => now - (this.#seen.get(id) ?? now) > this.#times.goneAfter);
    if (online.length === 0 && gone.length > 0) await this.#lease.free(gone);
    this.#tell(this.#options.context.monitor, online);
  }

  #tell(monitor: ConnectorMonitor, online: readonly string[]): void {
    const { connector, context } = this.#options;
    const who =
      online.length > 0
        ? online.map(clientText).join(', ')
        : this.#seen.size > 0
          ? `${this.seen.map(clientText).join(', ')}, which is gone`
          : 'a worker that is gone, or was just started';
    const message =
      `${connector} is run by ${who}; this worker takes over when that is gone ` +
      '(give the connector another name if it reads something else)';
    monitor.standsBy(message);
    if (message === this.#told) return;
    this.#told = message;
    context.emit({ type: 'standby', message: `standing by: ${message}` });
  }
}

/** `process 4711 on host-a`, of the ids that workers give themselves. */
function clientText(id: string): string {
  const [host, pid] = id.split('@');
  return host === undefined || pid === undefined ? id : `process ${pid} on ${host}`;
}
