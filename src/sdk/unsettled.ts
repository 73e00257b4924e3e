/**
 * What a source has handed out and must acknowledge to the other side once it is stored: in the order it was
 * handed out, numbered from 1. The number is the record's position; it means nothing to the next run, to
 * which the other side gives again what was not acknowledged.
 */
export class Unsettled<T> {
  #items: T[] = [];
  /** The number of the first of them. */
  #first = 1;

  get size(): number {
    return this.#items.length;
  }

  add(item: T): number {
    this.#items.push(item);
    return this.#first + this.#items.length - 1;
  }

  /** What is not acknowledged yet. */
  all(): readonly T[] {
    return this.#items;
  }

  /** Takes all up to and with that number (`Infinity`: all); they are the caller's to acknowledge, or to give back. */
  upTo(number: number): readonly T[] {
    const settled = this.#items.splice(0, Math.max(0, number - this.#first + 1));
    this.#first += settled.length;
    return settled;
  }
}
