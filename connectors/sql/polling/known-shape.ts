/** How a server is asked for what rows look like. */
export interface ShapeSource<Field, Shape> {
  /** What it tells of the columns of an answer: one light statement. */
  fields(): Promise<readonly Field[]>;
  /** What tells one column from another, or from what it was. */
  textOf(field: Field): string;
  /** All there is to know; `fields` is asked for once. */
  describe(fields: () => Promise<readonly Field[]>): Promise<Shape>;
}

/** What rows looked like when it was looked last. */
export class KnownShape<Field, Shape> {
  readonly #source: ShapeSource<Field, Shape>;
  #shape: Shape | null = null;
  /** What the server said of the columns then. */
  #told = '';

  constructor(source: ShapeSource<Field, Shape>) {
    this.#source = source;
  }

  async get(): Promise<Shape> {
    this.#shape ??= await this.#source.describe(() => this.#ask());
    return this.#shape;
  }

  /** Looks again; whether it is another one now. */
  async look(): Promise<boolean> {
    const before = this.#told;
    const fields = await this.#ask();
    if (this.#shape !== null && this.#told === before) return false;
    this.#shape = await this.#source.describe(() => Promise.resolve(fields));
    return true;
  }

  async #ask(): Promise<readonly Field[]> {
    const fields = await this.#source.fields();
    this.#told = fields.map((field) => this.#source.textOf(field)).join('\n');
    return fields;
  }
}
