import { RocketmqError } from '../errors.js';
import type { Connections } from './connections.js';
import type { Answer, Ask, AskOptions, Request } from './request.js';

/** All name servers together get this long to answer. */
const budgetMs = 4_500;
const leastMs = 1_500;

/**
 * The name servers of a cluster: any one will do. A request goes to the one that answered last, and to the
 * next when it does not answer. Rejects with `unreachable`, naming every address, when none does.
 */
export class NameServers {
  readonly addresses: readonly string[];
  readonly #connections: Connections;
  #current = 0;

  constructor(addresses: readonly string[], connections: Connections) {
    this.addresses = addresses;
    this.#connections = connections;
  }

  readonly ask: Ask = async (request: Request, options: AskOptions = {}): Promise<Answer> => {
    const count = this.addresses.length;
    const timeoutMs = Math.min(options.timeoutMs ?? Infinity, Math.max(leastMs, budgetMs / count));
    const faults: RocketmqError[] = [];
    for (let tried = 0; tried < count; tried++) {
      const address = this.addresses[this.#current] ?? '';
      try {
        return await this.#askOne(address, request, timeoutMs, options.signal);
      } catch (error) {
        if (!(error instanceof RocketmqError) || !isFault(error)) throw error;
        faults.push(error);
        this.#current = (this.#current + 1) % count;
      }
    }
    throw new RocketmqError(
      'unreachable',
      `no name server answers: ${faults.map((fault) => fault.message).join('; ')}`,
      {
        cause: faults[0],
        address: this.addresses.join(';'),
      },
    );
  };

  /** One name server in particular: for what has to be done at each. */
  at(address: string): Ask {
    return this.#connections.to(address);
  }

  /** The time-out covers connecting also. */
  async #askOne(address: string, request: Request, timeoutMs: number, signal?: AbortSignal): Promise<Answer> {
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort(
        new RocketmqError('timeout', `${address} did not answer ${request.name} within ${timeoutMs} ms`, {
          address,
        }),
      );
    }, timeoutMs);
    try {
      return await this.#connections.ask(address, request, {
        signal: signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]),
        timeoutMs: timeoutMs + 1_000,
      });
    } finally {
      clearTimeout(timer);
    }
  }
}

function isFault({ code }: RocketmqError): boolean {
  return code === 'unreachable' || code === 'timeout' || code === 'disconnected' || code === 'protocol';
}
