import type { Admin, BrokerInfo, Lease, Queue } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import { ofThoseThatAnswer } from './answers.js';
import type { Connections } from './connections.js';
import { fenceTopic } from './fence.js';
import type { Ask } from './request.js';
import { lockQueues, unlockQueues } from './requests/lock-queues.js';
import { queryProducerConnections } from './requests/producer-connections.js';
import type { Routes } from './routes.js';

export interface GroupLeaseOptions {
  readonly group: string;
  readonly clientId: string;
  readonly admin: Pick<Admin, 'brokers'>;
  readonly routes: Pick<Routes, 'master' | 'reachable'>;
  readonly connections: Pick<Connections, 'generation'>;
  /** Makes brokers tell others of this client. */
  readonly join: () => Promise<void>;
  /** The same for one broker, over the connection it has now: nothing may be sent over one it does not know. */
  readonly introduce: (ask: Ask) => Promise<void>;
}

/**
 * A producer group's lease: RocketMQ's lock (request 41) of one made-up queue a broker, under the group's
 * name. Brokers keep locks in memory for 60 s after they were last taken, for groups that need not exist,
 * and show them to nobody; who holds one is seen in the group's connections (204), which a holder joins.
 */
export class GroupLease implements Lease {
  readonly #options: GroupLeaseOptions;
  /** Generation of the connection over which each broker has granted it. */
  readonly #granted = new Map<string, { readonly address: string; readonly generation: number | null }>();
  #masters: readonly BrokerInfo[] = [];

  constructor(options: GroupLeaseOptions) {
    this.#options = options;
  }

  async take(): Promise<{ readonly refused: boolean; readonly granted: readonly string[] }> {
    const masters = await this.#brokers();
    const answers = await Promise.allSettled(masters.map((master) => this.#lock(master)));
    const granted = masters.filter((_master, index) => isFulfilled(answers[index], true));
    const refused = answers.some((answer) => isFulfilled(answer, false));
    if (refused) {
      await Promise.allSettled(granted.map((master) => this.#unlock(master, this.#options.clientId)));
      this.#granted.clear();
      return { refused, granted: [] };
    }
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (granted.length === 0) throw failed?.reason ?? noBroker();
    await this.#options.join();
    return { refused, granted: granted.map(({ broker }) => broker) };
  }

  isStale(broker: string): boolean {
    const granted = this.#granted.get(broker);
    if (granted === undefined || granted.generation === null) return true;
    return this.#options.connections.generation(granted.address) !== granted.generation;
  }

  async others(): Promise<readonly string[]> {
    const { group, clientId, routes } = this.#options;
    const masters = await this.#brokers();
    const answers = await Promise.allSettled(
      masters.map(({ address }) => queryProducerConnections(routes.master(address), group)),
    );
    const failed = answers.find((answer) => answer.status === 'rejected');
    const online = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    // A broker that does not answer may be the one that another client is at.
    if (failed !== undefined && online.length === 0) throw failed.reason;
    return [...new Set(online)].filter((id) => id !== clientId);
  }

  async free(clientIds: readonly string[]): Promise<void> {
    if (clientIds.length === 0) return;
    const masters = await this.#brokers();
    // One that is away forgets it by itself.
    await ofThoseThatAnswer(
      masters.flatMap((master) => clientIds.map((clientId) => this.#unlock(master, clientId))),
    );
  }

  async release(): Promise<void> {
    const held = this.#masters.filter(({ broker }) => this.#granted.has(broker));
    this.#granted.clear();
    // One that is away forgets it by itself.
    await Promise.allSettled(held.map((master) => this.#unlock(master, this.#options.clientId)));
  }

  async #lock(master: BrokerInfo): Promise<boolean> {
    const { group, clientId, routes, connections, introduce } = this.#options;
    const address = routes.reachable(master.address);
    const queues = [leaseQueue(master)];
    const ask = routes.master(master.address);
    const taken = await lockQueues(ask, { group, clientId, queues });
    if (taken.length === 0) return false;
    const generation = connections.generation(address);
    if (this.isStale(master.broker)) await introduce(ask);
    this.#granted.set(master.broker, { address, generation });
    return true;
  }

  async #unlock(master: BrokerInfo, clientId: string): Promise<void> {
    const { group, routes } = this.#options;
    await unlockQueues(routes.master(master.address), { group, clientId, queues: [leaseQueue(master)] });
  }

  /** Those known last, while no name server answers. */
  async #brokers(): Promise<readonly BrokerInfo[]> {
    try {
      this.#masters = await this.#options.admin.brokers();
    } catch (error) {
      if (this.#masters.length === 0) throw error;
    }
    return this.#masters;
  }
}

function leaseQueue({ broker }: BrokerInfo): Queue {
  return { topic: fenceTopic, broker, queue: 0 };
}

function isFulfilled<T>(answer: PromiseSettledResult<T> | undefined, value: T): boolean {
  return answer?.status === 'fulfilled' && answer.value === value;
}

function noBroker(): RocketmqError {
  return new RocketmqError('unreachable', 'the name server knows no broker');
}
