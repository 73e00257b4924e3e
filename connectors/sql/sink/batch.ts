import type { JsonObject, JsonValue, Schema } from '../../../src/sdk/index.js';
import { bad, keyValues, type Change } from './change.js';

/** What records do to one table, in an order in which the database can be told. */
export interface Step {
  readonly kind: 'put' | 'insert' | 'delete' | 'truncate';
  readonly items: Item[];
}

/** A row, or the key of one that is to go, with the record it comes from. */
export interface Item {
  /** Of the record in the batch: the last one, where several were about this row. */
  index: number;
  row: JsonObject;
  schema: Schema | undefined;
}

/**
 * Collects the changes of one table. By key, the last one counts: a database takes a row once in a statement.
 * Without a key (`insert`) every row is kept, in its order.
 */
export class TableBatch {
  readonly #steps: Step[] = [];
  readonly #key: readonly string[];
  readonly #keyed: boolean;
  /** By key, since the last truncation. */
  #puts = new Map<string, Item>();
  #deletes = new Map<string, Item>();

  constructor(key: readonly string[], keyed: boolean) {
    this.#key = key;
    this.#keyed = keyed;
  }

  /** Throws `bad_data` where the record has not what its change needs; then nothing of it is kept. */
  add(index: number, change: Change): void {
    switch (change.kind) {
      case 'truncate':
        this.#cut();
        this.#steps.push({ kind: 'truncate', items: [{ index, row: {}, schema: undefined }] });
        return;
      case 'delete':
        this.#delete(index, this.#keyOf(change.old), change.schema);
        return;
      case 'delete key':
        this.#delete(index, this.#named(keyValues(change.key, this.#needed())), change.schema);
        return;
      case 'change': {
        const now = this.#keyOf(change.row);
        if (change.old !== null && this.#hasKey(change.old)) {
          const old = this.#keyOf(change.old);
          if (textOf(old) !== textOf(now)) this.#delete(index, old, change.schema);
        }
        this.#put(index, change.row, now, change.schema);
        return;
      }
      case 'row':
        if (this.#keyed) this.#put(index, change.row, this.#keyOf(change.row), change.schema);
        else this.#insert(index, change.row, change.schema);
    }
  }

  /** Called once, behind the last record. */
  done(): readonly Step[] {
    this.#cut();
    return this.#steps;
  }

  #put(index: number, row: JsonObject, key: JsonObject, schema: Schema | undefined): void {
    const text = textOf(key);
    const before = this.#puts.get(text);
    // Behind others of its kind: rows are written in the order of their last change.
    this.#puts.delete(text);
    this.#puts.set(text, {
      index,
      row: before === undefined ? row : { ...before.row, ...row },
      schema,
    });
  }

  #delete(index: number, key: JsonObject, schema: Schema | undefined): void {
    const text = textOf(key);
    this.#puts.delete(text);
    this.#deletes.set(text, { index, row: key, schema });
  }

  #insert(index: number, row: JsonObject, schema: Schema | undefined): void {
    if (this.#deletes.size > 0) this.#cut();
    const last = this.#steps.at(-1);
    const item = { index, row, schema };
    if (last?.kind === 'insert') last.items.push(item);
    else this.#steps.push({ kind: 'insert', items: [item] });
  }

  /** Deletions come first: a row that was put after it was deleted is put at the end. */
  #cut(): void {
    if (this.#deletes.size > 0) this.#steps.push({ kind: 'delete', items: [...this.#deletes.values()] });
    if (this.#puts.size > 0) this.#steps.push({ kind: 'put', items: [...this.#puts.values()] });
    this.#deletes = new Map();
    this.#puts = new Map();
  }

  #needed(): readonly string[] {
    if (this.#key.length > 0) return this.#key;
    throw bad('nobody says which columns are the key', 'set key: [COLUMN], or give the table a primary key');
  }

  #hasKey(row: JsonObject): boolean {
    return this.#key.every((name) => row[name] !== undefined);
  }

  #keyOf(row: JsonObject): JsonObject {
    const key: Record<string, JsonValue> = {};
    for (const name of this.#needed()) {
      const value = row[name];
      if (value === undefined || value === null) throw bad(`the record has no ${name}, which is in the key`);
      key[name] = value;
    }
    return key;
  }

  #named(values: readonly JsonValue[]): JsonObject {
    return Object.fromEntries(this.#key.map((name, at) => [name, values[at] ?? null]));
  }
}

/** The same for the same key, also where one is a number and the other its text. */
function textOf(key: JsonObject): string {
  const values = Object.values(key);
  const [only] = values;
  if (values.length === 1 && typeof only !== 'object') return String(only);
  return values
    .map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
    .join('\u0001');
}
