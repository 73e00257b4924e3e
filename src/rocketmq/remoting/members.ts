import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Ask } from './request.js';
import { heartbeat, unregister, type Membership } from './requests/heartbeat.js';

const beatMs = 30_000;
/** How long leaving may take; brokers notice by themselves when the connection is gone. */
const leaveMs = 2_000;

/** What the heartbeats need of the cluster. */
export interface Masters {
  /** Addresses of all masters, as they can be reached from here. */
  addresses(): Promise<readonly string[]>;
  ask(address: string): Ask;
}

/** What a member of a group hears of. */
export interface MemberEvents {
  /** A broker says that members came or went. */
  membersChanged(): void;
  /** A broker, by its address, knows of this client again after its connection was lost. */
  reconnected(address: string): void;
}

/**
 * The groups this client is in, told to every master at once, every 30 s, and when a connection was made
 * anew: brokers forget a client with its connection. The client id is new for each instance, so that
 * brokers can tell it from a dead predecessor.
 */
export class Members {
  readonly clientId = `${hostname()}@${process.pid}@${randomBytes(6).toString('hex')}`;
  readonly #masters: Masters;
  readonly #producers = new Map<string, number>();
  readonly #consumers = new Map<string, (readonly string[])[]>();
  readonly #events = new Map<string, Set<MemberEvents>>();
  #timer: NodeJS.Timeout | undefined;
  #told: readonly string[] = [];
  /** Addresses a connection was made to. */
  readonly #known = new Set<string>();

  constructor(masters: Masters) {
    this.#masters = masters;
  }

  /** Resolves when a broker knows of it. Where none can be told, it has not joined. */
  async joinAsProducer(group: string): Promise<void> {
    this.#producers.set(group, (this.#producers.get(group) ?? 0) + 1);
    try {
      await this.#beat(this.#asProducer(group));
    } catch (error) {
      await this.leaveAsProducer(group);
      throw error;
    }
    // It left meanwhile, and a broker may have heard of that first.
    if (!this.#producers.has(group)) await this.#unregister({ producerGroup: group });
  }

  async leaveAsProducer(group: string): Promise<void> {
    const left = (this.#producers.get(group) ?? 0) - 1;
    if (left > 0) {
      this.#producers.set(group, left);
      return;
    }
    if (this.#producers.delete(group)) await this.#unregister({ producerGroup: group });
  }

  /** The same for a consumer: queues are dealt to every member that brokers know, whether it reads them or not. */
  async joinAsConsumer(group: string, topics: readonly string[]): Promise<void> {
    this.#consumers.set(group, [...(this.#consumers.get(group) ?? []), topics]);
    try {
      await this.#beat(this.#asConsumer(group));
    } catch (error) {
      await this.leaveAsConsumer(group, topics);
      throw error;
    }
  }

  async leaveAsConsumer(group: string, topics: readonly string[]): Promise<void> {
    const left = (this.#consumers.get(group) ?? []).filter((other) => other !== topics);
    if (left.length > 0) {
      this.#consumers.set(group, left);
      return;
    }
    if (this.#consumers.delete(group)) await this.#unregister({ consumerGroup: group });
  }

  /** Tells the one broker that `ask` reaches, over the connection it has now, that this client sends for the group. */
  async introduceProducer(ask: Ask, group: string): Promise<void> {
    await heartbeat(ask, this.#asProducer(group));
  }

  /** Tells every master now. Rejects only when none could be told. */
  tell(): Promise<void> {
    return this.#beat();
  }

  /** `events` is told until the returned function is called. */
  listen(group: string, events: MemberEvents): () => void {
    const listeners = this.#events.get(group) ?? new Set<MemberEvents>();
    this.#events.set(group, listeners.add(events));
    return () => listeners.delete(events);
  }

  /** To be called when a broker says that members of a group came or went. */
  changed(group: string): void {
    for (const events of this.#events.get(group) ?? []) events.membersChanged();
  }

  /** To be called when a connection to this address was made. */
  reconnected(address: string): void {
    const isFirst = !this.#known.has(address);
    this.#known.add(address);
    if (this.#timer === undefined) return;
    void this.#masters.addresses().then(
      async (addresses) => {
        if (!addresses.includes(address)) return;
        await this.#beatOne(address);
        if (isFirst) return;
        for (const listeners of this.#events.values()) {
          for (const events of listeners) events.reconnected(address);
        }
      },
      () => undefined, // Without a name server there is no telling a broker; the next beat tries again.
    );
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Rejects only when no broker could be told. `said`: by default all there is to say. */
  async #beat(said?: Membership): Promise<void> {
    this.#timer ??= setInterval(() => {
      // A broker that is away shows where it is read from or written to; the next beat tries again.
      this.#beat().catch(() => undefined);
    }, beatMs).unref();
    const addresses = await this.#masters.addresses();
    this.#told = addresses;
    const faults = (await Promise.all(addresses.map((address) => this.#beatOne(address, said)))).filter(
      (fault) => fault !== null,
    );
    const [first] = faults;
    if (first !== undefined && faults.length === addresses.length) throw first;
  }

  async #beatOne(address: string, said = this.#all()): Promise<Error | null> {
    try {
      await heartbeat(this.#masters.ask(address), said);
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #all(): Membership {
    return {
      clientId: this.clientId,
      producerGroups: [...this.#producers.keys()],
      consumerGroups: [...this.#consumers].map(([group, topics]) => subscribed(group, topics)),
    };
  }

  /** One of its groups: brokers keep what a heartbeat does not name, and there may be thousands. */
  #asProducer(group: string): Membership {
    return { clientId: this.clientId, producerGroups: [group], consumerGroups: [] };
  }

  #asConsumer(group: string): Membership {
    const topics = this.#consumers.get(group) ?? [];
    return { clientId: this.clientId, producerGroups: [], consumerGroups: [subscribed(group, topics)] };
  }

  /** A broker that is away forgets the client by itself, so its failure does not matter. */
  async #unregister(group: { producerGroup: string } | { consumerGroup: string }): Promise<void> {
    if (this.#producers.size === 0 && this.#consumers.size === 0) this.stop();
    const signal = AbortSignal.timeout(leaveMs);
    await Promise.allSettled(
      this.#told.map((address) => unregister(this.#masters.ask(address), this.clientId, group, signal)),
    );
  }
}

function subscribed(
  group: string,
  topics: readonly (readonly string[])[],
): Membership['consumerGroups'][number] {
  return { group, topics: [...new Set(topics.flat())] };
}
