const everyMs = 10;

/** Counts, and prints the count as `{"records":N}` now and then until `end`. */
export class Progress {
  #records = 0;
  readonly #timer = setInterval(() => {
    this.#print();
  }, everyMs);

  add(records: number): void {
    this.#records += records;
  }

  get records(): number {
    return this.#records;
  }

  end(): void {
    clearInterval(this.#timer);
    this.#print();
  }

  #print(): void {
    process.stdout.write(`{"records":${String(this.#records)}}\n`);
  }
}
