import type { OutMessage } from '../rocketmq/cluster.js';
import type { Content, SourceRecord, Value } from '../sdk/index.js';
import { transformed, type Format, type OrderingKey, type Transform } from '../stages/index.js';
import { propertiesWithSchema, schemaOf, schemaProperty } from './carried-schema.js';
import type { FailedRecord, FailureStage, ValueKind } from './dead-letter.js';
import { encodedMessage, nullProperty, toMessage } from './message.js';

/** How a source's records become messages. */
export interface Conversion {
  readonly transforms: readonly Transform[];
  readonly format: Format;
  readonly orderingKey: OrderingKey | null;
}

/** Null where a transform drops it. Throws what is wrong with the record, and like `transformed` and the format. */
export function sourceMessage(record: SourceRecord, conversion: Conversion): OutMessage | null {
  if (record.error !== undefined) throw record.error;
  const { json } = record;
  if (json === undefined) return messageOf(record, conversion);
  if (conversion.transforms.length === 0 && conversion.format.name === 'json') {
    return encodedMessage(record, json, conversion.orderingKey);
  }
  // What is a getter would be gone from the copies that transforms make.
  const { value, key, tag, headers, schema } = record;
  return messageOf({ value, key, tag, headers, schema }, conversion);
}

/** The same for a record that has no position any more. */
export function messageOf(
  record: Content,
  { transforms, format, orderingKey }: Conversion,
): OutMessage | null {
  const content = transformed(record, transforms, format);
  return content === null ? null : toMessage(content, format, orderingKey);
}

/** A record of a source that cannot go on: its value as bytes, as far as it has any. */
export function failedSourceRecord(
  topic: string,
  partition: string,
  record: SourceRecord,
  { stage, error }: { readonly stage: FailureStage; readonly error: unknown },
): FailedRecord {
  const { value, key, tag, position } = record;
  const kind = kindOf(value);
  const carried = propertiesOf(record);
  const properties = kind === 'null' ? { ...carried, [nullProperty]: 'true' } : { ...carried };
  return {
    origin: { kind: 'source', topic, partition, position, value: kind },
    stage,
    error,
    original: { body: bytesOf(value), key, tag, properties },
  };
}

/** The record of a source's dead letter, as the source gave it. */
export function recordOfLetter({ body, key, tag, properties = {} }: OutMessage, kind: ValueKind): Content {
  const headers = Object.fromEntries(
    Object.entries(properties).filter(([name]) => name !== nullProperty && name !== schemaProperty),
  );
  return { value: valueOf(body, kind), key, tag, headers, schema: schemaOf(properties) };
}

/** A schema that is too large may be why the record failed: its letter goes without. */
function propertiesOf(record: SourceRecord): Readonly<Record<string, string>> | undefined {
  try {
    return propertiesWithSchema(record);
  } catch {
    return record.headers;
  }
}

function kindOf(value: Value): ValueKind {
  if (value === null) return 'null';
  if (Buffer.isBuffer(value)) return 'bytes';
  return typeof value === 'string' ? 'text' : 'json';
}

function bytesOf(value: Value): Buffer {
  if (value === null) return Buffer.alloc(0);
  if (Buffer.isBuffer(value)) return value;
  return Buffer.from(typeof value === 'string' ? value : jsonText(value));
}

/** A source may hand over what JSON has no word for: that may be why the record failed. */
function jsonText(value: Value): string {
  try {
    const text: unknown = JSON.stringify(value);
    return typeof text === 'string' ? text : '';
  } catch {
    return '';
  }
}

function valueOf(body: Buffer, kind: ValueKind): Value {
  switch (kind) {
    case 'null':
      return null;
    case 'bytes':
      return body;
    case 'text':
      return body.toString();
    case 'json':
      return JSON.parse(body.toString()) as Value;
  }
}
