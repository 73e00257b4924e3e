/**
 * Keeps the order of what was sent and tells how far everything before has been acknowledged: the only
 * place a position may move to. Acknowledgements may come in any order.
 */
export class AcknowledgedPrefix<T> {
  readonly #entries: { readonly value: T; acknowledged: boolean }[] = [];

  /** Adds the next value; the returned function acknowledges it. */
  add(value: T): () => void {
    const entry = { value, acknowledged: false };
    this.#entries.push(entry);
    return () => {
      entry.acknowledged = true;
    };
  }

  /** The values by which the unbroken acknowledged prefix has grown since the last call, in order. */
  take(): T[] {
    const count = this.#entries.findIndex(({ acknowledged }) => !acknowledged);
    return this.#entries.splice(0, count < 0 ? this.#entries.length : count).map(({ value }) => value);
  }

  get pending(): number {
    return this.#entries.length;
  }
}
