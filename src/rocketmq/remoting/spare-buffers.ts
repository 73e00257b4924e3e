const mostBytes = 4 * 1024 * 1024;
const step = 64 * 1024;

/**
 * Memory for the bodies of requests, used again once they are answered: new memory for each batch would be memory
 * outside of V8's heap that it collects garbage for the sake of. What is kept is bounded for all who share it.
 */
export class SpareBuffers {
  readonly #spare: Buffer[] = [];
  #bytes = 0;

  /** At least so large; what is in it is not defined. */
  take(bytes: number): Buffer {
    const index = this.#spare.findIndex(({ length }) => length >= bytes);
    const [found] = index < 0 ? [] : this.#spare.splice(index, 1);
    if (found === undefined) return Buffer.allocUnsafeSlow(Math.ceil(bytes / step) * step);
    this.#bytes -= found.length;
    return found;
  }

  /** To be called only when nobody reads or writes it any more: not after a request whose answer did not come. */
  giveBack(buffer: Buffer): void {
    if (this.#bytes + buffer.length > mostBytes) return;
    this.#spare.push(buffer);
    this.#bytes += buffer.length;
  }
}
