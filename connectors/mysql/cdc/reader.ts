/** Reads the fields of a binlog event, in its order; numbers are little-endian but for those named `be`. */
export class Reader {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  skip(count: number): void {
    this.#advance(count);
  }

  /** 0 of no bytes. */
  uint(size: number): number {
    if (size === 0) return 0;
    return this.bytes.readUIntLE(this.#advance(size), size);
  }

  int(size: number): number {
    return this.bytes.readIntLE(this.#advance(size), size);
  }

  uintBe(size: number): number {
    return this.bytes.readUIntBE(this.#advance(size), size);
  }

  uint64(): bigint {
    return this.bytes.readBigUInt64LE(this.#advance(8));
  }

  int64(): bigint {
    return this.bytes.readBigInt64LE(this.#advance(8));
  }

  float(): number {
    return this.bytes.readFloatLE(this.#advance(4));
  }

  double(): number {
    return this.bytes.readDoubleLE(this.#advance(8));
  }

  /** A view, not a copy. */
  take(length: number): Buffer {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  text(length: number): string {
    return this.take(length).toString();
  }

  /** A number in one to nine bytes, as the protocol packs lengths. */
  packed(): number {
    const first = this.uint(1);
    if (first < 0xfb) return first;
    if (first === 0xfc) return this.uint(2);
    if (first === 0xfd) return this.uint(3);
    if (first === 0xfe) return Number(this.uint64());
    throw new Error('not a packed number');
  }

  #advance(count: number): number {
    const start = this.at;
    if (start + count > this.end) throw new Error('an event of the binlog does not end');
    this.at = start + count;
    return start;
  }
}
