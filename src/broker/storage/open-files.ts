import { closeSync, openSync } from 'node:fs';

/** File handles by path, at most so many: a broker may have more index files than a process may open. */
export class OpenFiles {
  readonly #limit: number;
  readonly #handles = new Map<string, number>();

  constructor(limit = 256) {
    this.#limit = limit;
  }

  /** A handle for reading and writing; the file is made where there is none. Valid until the next call. */
  handle(file: string): number {
    const known = this.#handles.get(file);
    if (known !== undefined) {
      this.#handles.delete(file);
      this.#handles.set(file, known);
      return known;
    }
    if (this.#handles.size >= this.#limit) {
      const oldest = this.#handles.keys().next();
      if (oldest.done !== true) this.close(oldest.value);
    }
    const handle = openOrMake(file);
    this.#handles.set(file, handle);
    return handle;
  }

  close(file: string): void {
    const handle = this.#handles.get(file);
    if (handle === undefined) return;
    this.#handles.delete(file);
    closeSync(handle);
  }

  closeAll(): void {
    for (const file of [...this.#handles.keys()]) this.close(file);
  }
}

/** Opens for reading and writing what is there, or an empty file. */
export function openOrMake(file: string): number {
  try {
    return openSync(file, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return openSync(file, 'w+');
  }
}
