import type { Page, PageQuery, Reader } from './reader.js';

/** What one question should bring. */
const pageBytes = 1024 * 1024;
const [fewestRows, mostRows] = [100, 20_000];
/** A first page tells how large rows are. */
const firstRows = 500;

/** Asks for pages of about the same size, and for the next one while somebody works with the last. */
export class Pages {
  readonly #reader: Reader;
  readonly #query: Pick<PageQuery, 'order' | 'range' | 'key'>;
  #after: readonly string[] | null;
  #upTo: string | null = null;
  #limit = firstRows;
  #asked: Promise<Page> | null = null;
  /** The page before had all there was. */
  #isAtEnd = false;

  constructor(
    reader: Reader,
    query: Pick<PageQuery, 'order' | 'range' | 'key'>,
    after: readonly string[] | null,
  ) {
    this.#reader = reader;
    this.#query = query;
    this.#after = after;
  }

  /** Goes on up to a greater value than before. */
  extend(upTo: string | null): void {
    this.#upTo = upTo;
    this.#isAtEnd = false;
  }

  /** No rows: there are no more up to where it may go. May be asked again after a failure. */
  async next(): Promise<Page['rows']> {
    if (this.#isAtEnd) return [];
    this.#asked ??= this.#ask();
    const asked = this.#asked;
    let page: Page;
    try {
      page = await asked;
    } catch (error) {
      if (this.#asked === asked) this.#asked = null;
      throw error;
    }
    this.#asked = null;
    const { rows, bytes } = page;
    this.#after = rows.at(-1)?.place ?? this.#after;
    this.#isAtEnd = rows.length < this.#limit;
    if (rows.length > 0 && bytes > 0) {
      const fitting = Math.round((rows.length * pageBytes) / bytes);
      this.#limit = Math.min(mostRows, Math.max(fewestRows, fitting));
    }
    if (!this.#isAtEnd) this.#asked = this.#ask();
    return rows;
  }

  #ask(): Promise<Page> {
    const page = this.#reader.page({
      ...this.#query,
      after: this.#after,
      upTo: this.#upTo,
      limit: this.#limit,
    });
    // Whoever asks next is told.
    page.catch(() => undefined);
    return page;
  }
}
