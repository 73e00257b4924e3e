import type { JsonObject, Position, Schema, SourceRecord } from '../../../src/sdk/index.js';

/** A row of a page. */
export interface Row {
  /** The value as JSON text. */
  readonly json: Buffer;
  /** See `keyOfRow`. */
  readonly key: string | undefined;
  /** The values of the columns it is ordered by, as the database writes them. */
  readonly place: readonly string[];
}

/** A row as a record: its value is parsed only where somebody looks into it. */
export class RowRecord implements SourceRecord {
  readonly json: Buffer;
  readonly key: string | undefined;
  readonly position: Position;
  readonly schema: Schema | undefined;

  constructor({ json, key, place }: Row, schema: Schema | undefined) {
    this.json = json;
    this.key = key;
    this.position = { after: place };
    this.schema = schema;
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
