import {
  ConnectorError,
  isObject,
  type JsonObject,
  type JsonValue,
  type Schema,
  type SinkRecord,
} from '../../../src/sdk/index.js';
import { isEnvelope, type Envelope } from './envelope.js';
import type { SqlSinkConfig } from './spec.js';

/** What a record does to its table. */
export type Change =
  | { readonly kind: 'row'; readonly row: JsonObject; readonly schema: Schema | undefined }
  /** The row that was `old` is `row` now, under another key perhaps. */
  | {
      readonly kind: 'change';
      readonly old: JsonObject | null;
      readonly row: JsonObject;
      readonly schema: Schema | undefined;
    }
  | { readonly kind: 'delete'; readonly old: JsonObject; readonly schema: Schema | undefined }
  /** By the text of the message's key. */
  | { readonly kind: 'delete key'; readonly key: string; readonly schema: Schema | undefined }
  | { readonly kind: 'truncate' };

/** Null: nothing is to be done. Throws `ConnectorError` `bad_data`. */
export function changeOf(record: SinkRecord, { mode, nulls, truncate }: SqlSinkConfig): Change | null {
  const { value, schema } = record;
  if (value === null) {
    const { key } = record;
    if (nulls === 'skip') return null;
    if (nulls === 'delete' && key !== undefined) return { kind: 'delete key', key, schema };
    throw bad(
      'the record has no value',
      nulls === 'fail'
        ? 'nulls: skip leaves such records out'
        : 'it has no key either, so there is no row to delete; nulls: skip leaves such records out',
    );
  }
  if (isEnvelope(value)) return envelopeChange(value, schema, mode, truncate);
  if (isObject(value)) return { kind: 'row', row: value, schema };
  throw bad(
    'the value is no object, so it has no columns',
    'rows come as objects: set format: json, and see what the topic holds',
  );
}

function envelopeChange(
  { op, before, after }: Envelope,
  schema: Schema | undefined,
  mode: SqlSinkConfig['mode'],
  truncate: boolean,
): Change | null {
  const [old, row] = [before ?? null, after ?? null];
  if (op === 't') return truncate ? { kind: 'truncate' } : null;
  if (op === 'd') {
    if (isObject(old)) return { kind: 'delete', old, schema };
    throw bad('a deletion does not say which row', 'the source keeps no key of deleted rows: see its README');
  }
  if (!isObject(row)) throw bad(`a change (${op}) has no row`);
  if (op !== 'u') return { kind: 'row', row, schema };
  if (mode === 'insert') throw bad('mode: insert takes no changes of rows', 'set mode: upsert');
  return { kind: 'change', old: isObject(old) ? old : null, row, schema };
}

/** The values of the key columns in the text of a message's key; see `keyOfRow`. Throws `bad_data`. */
export function keyValues(text: string, columns: readonly string[]): readonly JsonValue[] {
  if (columns.length === 1) return [text];
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    list = null;
  }
  if (Array.isArray(list) && list.length === columns.length) return list as JsonValue[];
  throw bad(`the key of the record is no list of ${columns.length} values (${columns.join(', ')})`);
}

export const bad = (message: string, hint?: string): ConnectorError =>
  new ConnectorError('bad_data', message, hint === undefined ? {} : { hint });
