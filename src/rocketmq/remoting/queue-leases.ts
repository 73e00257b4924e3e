import type { Hold, Queue } from '../cluster.js';
import type { Ask } from './request.js';
import { lockQueues, unlockQueues } from './requests/lock-queues.js';
import type { Routes } from './routes.js';
import { queueName } from '../queue-name.js';

/** Past this without a renewal nothing is written or committed any more. */
const trustMs = 10_000;
/**
 * A member that brokers have not known for so long has stopped writing, so that others may free its locks.
 * A renewal that comes later does not prove that nobody else had the queue meanwhile.
 */
export const vanishedMs = 15_000;

interface Lease {
  readonly queue: Queue;
  /** When the request was sent that took or renewed it, by a clock that does not jump. */
  readonly renewedAt: number;
}

/** The queues of a group that this client has locked at their brokers. A broker forgets locks with a restart. */
export class QueueLeases {
  readonly #group: string;
  readonly #clientId: string;
  readonly #routes: Routes;
  readonly #movedOn: (queue: Queue) => Promise<boolean>;
  readonly #leases = new Map<string, Lease>();
  #lastTurn: Promise<unknown> = Promise.resolve();

  /** `movedOn`: whether somebody else has committed more of the queue than this client. */
  constructor(group: string, clientId: string, routes: Routes, movedOn: (queue: Queue) => Promise<boolean>) {
    this.#movedOn = movedOn;
    this.#group = group;
    this.#clientId = clientId;
    this.#routes = routes;
  }

  get queues(): readonly Queue[] {
    return [...this.#leases.values()].map(({ queue }) => queue);
  }

  has(queue: Queue): boolean {
    return this.#leases.has(queueName(queue));
  }

  hold(queue: Queue): Hold {
    const lease = this.#leases.get(queueName(queue));
    if (lease === undefined) return 'lost';
    return performance.now() - lease.renewedAt <= trustMs ? 'held' : 'unsure';
  }

  /** Takes those that nobody else has. What a broker that does not answer has stays as it is. */
  take(queues: readonly Queue[]): Promise<void> {
    return this.#inTurn(() => this.#lock(queues));
  }

  /** Renews all; true when some are, or have been, another's. */
  renew(): Promise<boolean> {
    return this.#inTurn(async () => {
      const before = this.#leases.size;
      await this.#lock(this.queues);
      return this.#leases.size < before;
    });
  }

  /** Lets others have them. A broker that does not answer keeps the locks for a minute. */
  give(queues: readonly Queue[]): Promise<void> {
    return this.#inTurn(async () => {
      for (const queue of queues) this.#leases.delete(queueName(queue));
      await this.#unlock(queues, this.#clientId);
    });
  }

  /** Frees what another client has of these; the caller knows that it is dead. */
  free(queues: readonly Queue[], deadClientId: string): Promise<void> {
    return this.#inTurn(() => this.#unlock(queues, deadClientId));
  }

  /** A broker may take two requests in either order: one that renews must not overtake one that gives. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(change);
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  async #lock(queues: readonly Queue[]): Promise<void> {
    await this.#atBrokers(queues, async (ask, ofBroker) => {
      const renewedAt = performance.now();
      const locking = { group: this.#group, clientId: this.#clientId, queues: ofBroker };
      const taken = await lockQueues(ask, locking);
      for (const queue of ofBroker) {
        if (taken.includes(queue) && (await this.#isStillOurs(queue, renewedAt))) {
          this.#leases.set(queueName(queue), { queue, renewedAt });
        } else this.#leases.delete(queueName(queue));
      }
    });
  }

  async #isStillOurs(queue: Queue, now: number): Promise<boolean> {
    const lease = this.#leases.get(queueName(queue));
    if (lease === undefined || now - lease.renewedAt <= vanishedMs) return true;
    return !(await this.#movedOn(queue));
  }

  async #unlock(queues: readonly Queue[], clientId: string): Promise<void> {
    await this.#atBrokers(queues, (ask, ofBroker) =>
      unlockQueues(ask, { group: this.#group, clientId, queues: ofBroker }),
    );
  }

  /** A broker that fails has no bearing on the others; what it fails with shows where it is read from. */
  async #atBrokers(
    queues: readonly Queue[],
    use: (ask: Ask, ofBroker: readonly Queue[]) => Promise<void>,
  ): Promise<void> {
    const byBroker = new Map<string, Queue[]>();
    for (const queue of queues) byBroker.set(queue.broker, [...(byBroker.get(queue.broker) ?? []), queue]);
    await Promise.allSettled(
      [...byBroker.values()].map(async (ofBroker) => {
        const [first] = ofBroker;
        if (first !== undefined) await this.#routes.at(first, (ask) => use(ask, ofBroker));
      }),
    );
  }
}
