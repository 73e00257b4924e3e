import { isObject, type JsonObject, type Value } from '../../../src/sdk/index.js';

export type Envelope = JsonObject & { readonly op: string; readonly source: JsonObject };

/** A captured change, in the form of Debezium, and not just a row with such a column. */
export function isEnvelope(value: Value): value is Envelope {
  if (!isObject(value)) return false;
  const { op, source } = value;
  return (
    typeof op === 'string' &&
    isObject(source ?? null) &&
    ('before' in value || 'after' in value) &&
    'crudt'.includes(op)
  );
}
