import { ConnectorError, type QueueOffset } from '../../../src/sdk/index.js';
import type { QueuePlace } from './offsets.js';
import type { Session } from './session.js';

const nameOf = ({ topic, broker, queue }: QueuePlace): string => `${topic}/${broker}/${String(queue)}`;

interface Known {
  readonly offset: number | null;
  /** Grows with each change: what was read before it is older. */
  readonly version: number;
}

/**
 * What this connector knows of its offsets in the database. A write moves an offset only from the one that is
 * known: a worker that was taken for dead, and was only slow, does not get through with what it still has.
 */
export class Fence {
  readonly #group: string;
  readonly #known = new Map<string, Known>();
  /** Commits whose answer never came, by their first queue. */
  readonly #uncertain = new Map<string, readonly QueueOffset[]>();

  constructor(group: string) {
    this.#group = group;
  }

  async read(session: Session): Promise<readonly QueueOffset[]> {
    const versions = new Map(Array.from(this.#known, ([name, { version }]) => [name, version]));
    const offsets = await session.offsets.read(this.#group);
    const names = new Set(offsets.map(nameOf));
    for (const one of offsets) this.#learn(one, one.offset, versions);
    for (const [name, { version }] of this.#known) {
      if (names.has(name) || version !== versions.get(name)) continue;
      this.#known.delete(name);
    }
    return offsets;
  }

  async set(session: Session, offsets: readonly QueueOffset[]): Promise<void> {
    await session.offsets.set(this.#group, offsets);
    this.#moved(offsets);
  }

  async forget(session: Session, queues: readonly QueuePlace[]): Promise<void> {
    await session.offsets.forget(this.#group, queues);
    for (const queue of queues) this.#known.delete(nameOf(queue));
  }

  /**
   * In a transaction: moves the offsets. False: that was done by a commit whose answer did not come, with all
   * that belongs to it. Throws where somebody else has moved them.
   */
  async move(session: Session, upTo: readonly QueueOffset[]): Promise<boolean> {
    for (const to of upTo) {
      const from = this.#known.get(nameOf(to))?.offset ?? null;
      if (await session.offsets.move(this.#group, to, from)) continue;
      if (await this.#wasCommitted(session, upTo)) return false;
      throw new ConnectorError(
        'unavailable',
        `queue ${nameOf(to)} is written by another worker: its offset is not ${from === null ? 'missing' : String(from)} any more`,
        { retryable: false, hint: 'this task starts anew from where the other one has got to' },
      );
    }
    return true;
  }

  committed(upTo: readonly QueueOffset[]): void {
    this.#moved(upTo);
    const [first] = upTo;
    if (first !== undefined) this.#uncertain.delete(nameOf(first));
  }

  /** The answer to a commit did not come. */
  unknown(upTo: readonly QueueOffset[]): void {
    const [first] = upTo;
    if (first !== undefined) this.#uncertain.set(nameOf(first), upTo);
  }

  async #wasCommitted(session: Session, upTo: readonly QueueOffset[]): Promise<boolean> {
    const [first] = upTo;
    const asked = first === undefined ? undefined : this.#uncertain.get(nameOf(first));
    if (asked === undefined || JSON.stringify(asked) !== JSON.stringify(upTo)) return false;
    const stored = new Map((await session.offsets.read(this.#group)).map((one) => [nameOf(one), one]));
    return upTo.every((one) => stored.get(nameOf(one))?.offset === one.offset);
  }

  #moved(offsets: readonly QueueOffset[]): void {
    for (const one of offsets) {
      const version = (this.#known.get(nameOf(one))?.version ?? 0) + 1;
      this.#known.set(nameOf(one), { offset: one.offset, version });
    }
  }

  #learn(place: QueuePlace, offset: number, versions: ReadonlyMap<string, number>): void {
    const version = this.#known.get(nameOf(place))?.version ?? 0;
    if (version !== (versions.get(nameOf(place)) ?? 0)) return;
    this.#known.set(nameOf(place), { offset, version });
  }
}
