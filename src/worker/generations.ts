import type { Positions } from './positions.js';
import { partitionTag, type Stamp } from './stamp.js';

/**
 * Which messages in the queues have a bearing on what is read now. When a person sets a partition's position,
 * its generation is raised: what was sent before stays in the queues, and must not be taken for what is read
 * from the new position. Another worker with the same job may not know of that: it takes over the newest
 * generation that it meets.
 */
export class Generations {
  readonly #connector: string;
  readonly #positions: Positions;
  readonly #tags = new Map<string, string>();
  readonly #least = new Map<string, number>();
  readonly #newest = new Map<string, number>();

  constructor(connector: string, positions: Positions) {
    this.#connector = connector;
    this.#positions = positions;
    for (const partition of positions.partitions()) {
      this.#least.set(this.tagOf(partition), positions.generationOf(partition));
    }
  }

  tagOf(partition: string): string {
    let tag = this.#tags.get(partition);
    if (tag === undefined) {
      tag = partitionTag(this.#connector, partition);
      this.#tags.set(partition, tag);
    }
    return tag;
  }

  /** Whether a message that was found is of the partition's generation, or of a newer one. */
  readonly counts = ({ tag, generation }: Stamp): boolean => {
    if (generation < (this.#least.get(tag) ?? this.#positions.generation)) return false;
    this.#newest.set(tag, Math.max(generation, this.#newest.get(tag) ?? 0));
    return true;
  };

  /** A new one for the partition. */
  anew(partition: string): void {
    const { tag, generation } = this.of(partition);
    this.#positions.raise(partition, generation + 1);
    this.#least.set(tag, generation + 1);
  }

  /** What the partition's messages are stamped with. */
  of(partition: string): Pick<Stamp, 'tag' | 'generation'> {
    const tag = this.tagOf(partition);
    const generation = Math.max(this.#positions.generationOf(partition), this.#newest.get(tag) ?? 0);
    return { tag, generation };
  }
}
