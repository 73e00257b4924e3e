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

  readonly ask: Ask = async (request: Request, { signal, timeoutMs }: AskOptions = {}): Promise<Answer> => {
    const count = this.addresses.length;
    const each = Math.min(timeoutMs ?? Infinity, Math.max(leastMs, budgetMs / count));
    const faults: RocketmqError[] = [];
    // Requests at a time go round each by itself: they must not lead each other past a server.
    const first = this.#current;
    for (let tried = 0; tried < count; tried++) {
      const index = (first + tried) % count;
      try {
        const answer = await this.#connections.ask(this.addresses[index] ?? '', request, {
          signal,
          timeoutMs: each,
        });
        this.#current = index;
        return answer;
      } catch (error) {
        if (!(error instanceof RocketmqError) || !isFault(error)) throw error;
        faults.push(error);
      }
    }
    throw new RocketmqError(
      'unreachable',
      `no name server answers: ${faults.map((fault) => fault.message).join('; ')}`,
      { cause: faults[0], address: this.addresses.join(';') },
    );
  };

  /** One name server in particular: for what has to be done at each. */
  at(address: string): Ask {
    return this.#connections.to(address);
  }
}

function isFault({ code }: RocketmqError): boolean {
  return code === 'unreachable' || code === 'timeout' || code === 'disconnected' || code === 'protocol';
}
