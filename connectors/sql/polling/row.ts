import type { JsonObject, Position, Schema, SourceRecord } from '../../../src/sdk/index.js';

/**
 * A row of a page, which is the record of it: one object for each, as there are many at a time. Its value is parsed,
 * and its position made, only where somebody looks at it.
 */
export class Row implements SourceRecord {
  /** The value as JSON text. */
  readonly json: Buffer;
  /** See `keyOfRow`. */
  readonly key: string | undefined;
  /** What the page was asked for does not say whether records carry it: who hands them out sets it. */
  schema: Schema | undefined = undefined;
  /** One text where it is ordered by one column. */
  readonly #place: string | readonly string[];

  constructor(json: Buffer, key: string | undefined, place: string | readonly string[]) {
    this.json = json;
    this.key = key;
    this.#place = place;
  }

  /** The values of the columns it is ordered by, as the database writes them. */
  get place(): readonly string[] {
    return typeof this.#place === 'string' ? [this.#place] : this.#place;
  }

  get position(): Position {
    return { after: this.place };
  }

  get value(): JsonObject {
    return JSON.parse(this.json.toString()) as JsonObject;
  }
}

/** The key of a row's message, of the JSON of the columns it is made of: what `keyOfRow` makes of their values. */
export function keyOfJson(fields: readonly string[]): string | undefined {
  const [first] = fields;
  if (first === undefined) return undefined;
  if (fields.length > 1) return `[${fields.join(',')}]`;
  return first.startsWith('"') ? (JSON.parse(first) as string) : first;
}
