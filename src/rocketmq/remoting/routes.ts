import { RocketmqError } from '../errors.js';
import type { Queue } from '../cluster.js';
import { responseCode } from './answer.js';
import type { Connections } from './connections.js';
import type { Ask } from './request.js';
import { queryClusterInfo } from './requests/cluster-info.js';
import { queryRoute, type Route, type RouteBroker } from './requests/route.js';

const freshMs = 30_000;
/** No name server answered: while none does, not every send and read is to wait for that to be found out anew. */
const againMs = 5_000;

interface Known {
  readonly route: Promise<Route | null>;
  /** Asked again from then on, by `performance.now()`. */
  until: number;
}

/** Where topics live: asked of a name server, kept for 30 s, and forgotten when a broker's answer says so. */
export class Routes {
  readonly #nameServers: Ask;
  readonly #connections: Connections;
  readonly #addressMap: Readonly<Record<string, string>>;
  readonly #known = new Map<string, Known>();
  /** The last route each topic had. */
  readonly #last = new Map<string, Route>();

  constructor(nameServers: Ask, connections: Connections, addressMap: Readonly<Record<string, string>>) {
    this.#nameServers = nameServers;
    this.#connections = connections;
    this.#addressMap = addressMap;
  }

  /**
   * Null when there is no such topic. `fresh` asks again in any case. While no name server answers, the last
   * route that was known is given.
   */
  async find(topic: string, { fresh = false } = {}): Promise<Route | null> {
    const known = this.#known.get(topic);
    if (!fresh && known !== undefined && performance.now() < known.until) return known.route;
    const route = queryRoute(this.#nameServers, topic).catch((error: unknown) => {
      const last = this.#last.get(topic);
      if (last === undefined || !(error instanceof RocketmqError) || !error.retryable) throw error;
      asked.until = performance.now() + againMs;
      return last;
    });
    const asked: Known = { route, until: performance.now() + freshMs };
    this.#known.set(topic, asked);
    const found = await route.catch((error: unknown) => {
      this.#forget(topic, asked);
      throw error;
    });
    if (found === null) this.#forget(topic, asked);
    else this.#last.set(topic, found);
    return found;
  }

  /**
   * Throws `topic_not_found`, `unreachable` for a topic that was there and whose brokers are away, and
   * `unsupported` for topics whose queues RocketMQ maps to brokers itself.
   */
  async get(topic: string, options?: { fresh?: boolean }): Promise<Route> {
    const route = (await this.find(topic, options)) ?? (await this.#findLost(topic));
    if (route === null) {
      throw new RocketmqError('topic_not_found', `there is no topic ${topic}`, {
        responseCode: responseCode.topicNotExist,
      });
    }
    if (route.isStatic) {
      throw new RocketmqError('unsupported', `topic ${topic} is a static topic: those are not supported`);
    }
    return route;
  }

  /** A broker's master, whatever the topic. */
  master(address: string): Ask {
    return this.#connections.to(this.reachable(address));
  }

  /** Of the queue's master, as it can be reached from here; undefined while there is none. */
  async addressOf({ topic, broker }: Queue): Promise<string | undefined> {
    const address = await this.#masterOf(topic, broker);
    return address === undefined ? undefined : this.reachable(address);
  }

  /** The address as it can be reached from here. */
  reachable(address: string): string {
    return this.#addressMap[address] ?? address;
  }

  /**
   * Runs `use` with the master of the queue's broker. When it fails in a way that a moved topic or broker
   * may cause, the next one asks for the route again.
   */
  async at<T>({ topic, broker }: Queue, use: (ask: Ask) => Promise<T>): Promise<T> {
    const address = (await this.#masterOf(topic, broker)) ?? (await this.#masterOf(topic, broker, true));
    if (address === undefined) {
      throw new RocketmqError(
        'unreachable',
        `broker ${broker} of topic ${topic} has no master at the moment`,
      );
    }
    try {
      return await use(this.master(address));
    } catch (error) {
      if (error instanceof RocketmqError && mayBeStale(error)) this.#known.delete(topic);
      throw error;
    }
  }

  /** A name server forgets a topic while none of its brokers is registered: it is then not gone, but out of reach. */
  async #findLost(topic: string): Promise<Route | null> {
    const brokers = this.#last.get(topic)?.brokers.map(({ broker }) => broker);
    if (brokers === undefined) return null;
    const registered = await queryClusterInfo(this.#nameServers);
    const away = brokers.filter((name) => !registered.some(({ broker }) => broker === name));
    if (away.length > 0) {
      throw new RocketmqError(
        'unreachable',
        `the name server does not know broker ${away.join(', ')} of topic ${topic} at the moment`,
      );
    }
    return this.find(topic, { fresh: true });
  }

  async #masterOf(topic: string, broker: string, fresh = false): Promise<string | undefined> {
    const route = await this.get(topic, { fresh });
    return route.brokers.find((candidate) => candidate.broker === broker)?.master;
  }

  #forget(topic: string, known: Known): void {
    if (this.#known.get(topic) === known) this.#known.delete(topic);
  }
}

function mayBeStale({ code, responseCode: answered }: RocketmqError): boolean {
  return (
    code === 'unreachable' ||
    code === 'disconnected' ||
    code === 'topic_not_found' ||
    code === 'denied' ||
    answered === responseCode.invalidParameter ||
    answered === responseCode.notLeaderForQueue ||
    answered === responseCode.serviceNotAvailable
  );
}

/** The queues that can be read, by broker and number. */
export function readableQueues({ topic, brokers }: Route): Queue[] {
  return queuesOf(topic, brokers, ({ readable, readQueues }) => (readable ? readQueues : 0));
}

/** The queues that can be written to and read back. */
export function writableQueues({ topic, brokers }: Route): Queue[] {
  return queuesOf(topic, brokers, ({ readable, writable, readQueues, writeQueues }) =>
    readable && writable ? Math.min(readQueues, writeQueues) : 0,
  );
}

function queuesOf(
  topic: string,
  brokers: readonly RouteBroker[],
  countOf: (broker: RouteBroker) => number,
): Queue[] {
  const queues: Queue[] = [];
  for (const candidate of brokers) {
    if (candidate.master === undefined) continue;
    const count = countOf(candidate);
    for (let queue = 0; queue < count; queue++) queues.push({ topic, broker: candidate.broker, queue });
  }
  return queues;
}
