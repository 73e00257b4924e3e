import { z } from 'zod';
import type { Position } from './record.js';

/**
 * The position of a record that cannot be read again: the how-many-eth it was that its task handed out. It
 * means nothing to the next run, to which the other side gives again what was not acknowledged.
 */
export const deliveredPosition = z.strictObject({ delivered: z.int().min(1) });

/**
 * What a source has handed out and must acknowledge to the other side once it is stored, in the order it was
 * handed out.
 */
export class Unsettled<T> {
  readonly #items: T[] = [];
  /** How many were handed out before the first of them. */
  #settled = 0;

  get size(): number {
    return this.#items.length;
  }

  /** The position of the record that was made of it. */
  add(item: T): z.infer<typeof deliveredPosition> {
    this.#items.push(item);
    return { delivered: this.#settled + this.#items.length };
  }

  /** What is not acknowledged yet. */
  all(): readonly T[] {
    return this.#items;
  }

  /** Takes all up to and with that position; they are the caller's to acknowledge. */
  upTo(position: Position): readonly T[] {
    const { data } = deliveredPosition.safeParse(position);
    return this.#take((data?.delivered ?? 0) - this.#settled);
  }

  /** Takes all; they are the caller's to give back. */
  rest(): readonly T[] {
    return this.#take(this.#items.length);
  }

  #take(count: number): readonly T[] {
    const taken = this.#items.splice(0, Math.max(0, count));
    this.#settled += taken.length;
    return taken;
  }
}
