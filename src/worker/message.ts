import type { OutMessage, StoredMessage } from '../rocketmq/cluster.js';
import { propertiesWithSchema, schemaOfMessage, schemaProperty } from './carried-schema.js';
import { spanProperty, stampProperty } from './stamp.js';
import type { Content, Schema, SinkRecord, Value } from '../sdk/index.js';
import { transformed, withFields, type Format, type OrderingKey, type Transform } from '../stages/index.js';

/** Tells a message without a value (a tombstone) from one whose value is empty. */
export const nullProperty = 'connect.null';
/** Of a dead letter that was given back: its id. */
export const replayOfProperty = 'connect.replay.of';
/** Of one that was given back to one connector: its name. */
export const replayToProperty = 'connect.replay.to';
const ownProperties: ReadonlySet<string> = new Set([
  nullProperty,
  schemaProperty,
  stampProperty,
  spanProperty,
]);
const empty = Buffer.alloc(0);

export function toMessage(content: Content, format: Format, ordering: OrderingKey | null): OutMessage {
  const { value, key, tag } = content;
  const properties = format.name === 'json' ? propertiesWithSchema(content) : content.headers;
  const orderingKey = ordering === null ? key : ordering.of(withFields(content, format));
  const body = value === null ? empty : format.encode(value);
  return {
    body,
    key,
    tag,
    orderingKey,
    properties: value === null ? { ...properties, [nullProperty]: 'true' } : properties,
    // Set when it is stamped: there from the start, they take no memory of their own then.
    series: undefined,
    place: undefined,
  };
}

/** The same under the format `json` of a value that is JSON text already. */
export function encodedMessage(content: Content, body: Buffer, ordering: OrderingKey | null): OutMessage {
  const { key, tag } = content;
  const orderingKey = ordering === null ? key : ordering.of(content);
  const properties = propertiesWithSchema(content);
  return { body, key, tag, orderingKey, properties, series: undefined, place: undefined };
}

/** Whether the sink may have it: a replay may be addressed to another one. */
export function isReplayFor(message: StoredMessage, connector: string): boolean {
  return (message.property(replayToProperty) ?? connector) === connector;
}

/**
 * What a sink gets for a message; null: some transform dropped it. Throws like `transformed`.
 * `readsJson`: see `SinkTask`.
 */
export function toSinkRecord(
  message: StoredMessage,
  format: Format,
  transforms: readonly Transform[],
  readsJson = false,
): SinkRecord | null {
  const delivered = new DeliveredRecord(message, format);
  if (transforms.length === 0) {
    // Text cannot fail and costs a copy: it is decoded when the sink asks for it.
    if (format.name === 'json' && !readsJson) delivered.check();
    return delivered;
  }
  const { value, key, tag, headers, schema } = delivered;
  const content = transformed({ value, key, tag, headers, schema }, transforms, format);
  return content === null ? null : changed(delivered, content, format);
}

/** Whether it is what came of asking the record for its value or its schema. */
export const isConversionFailure = (record: SinkRecord, error: unknown): boolean =>
  record instanceof DeliveredRecord && error !== undefined && record.failure === error;

/** A message as it came, seen as a record. */
class DeliveredRecord implements SinkRecord {
  readonly #message: StoredMessage;
  readonly #format: Format;
  #headers: Readonly<Record<string, string>> | undefined;
  #value: Value | undefined;
  /** What decoding threw. */
  failure: unknown;

  constructor(message: StoredMessage, format: Format) {
    this.#message = message;
    this.#format = format;
  }

  get value(): Value {
    return this.#value ?? this.#decode();
  }

  get json(): Buffer | undefined {
    return this.#format.name === 'json' ? this.#message.body : undefined;
  }

  get schema(): Schema | undefined {
    return this.#format.name === 'json' ? this.#noted(() => schemaOfMessage(this.#message)) : undefined;
  }

  /** Throws what is wrong with the value or the schema. */
  check(): void {
    this.#decode();
    this.#noted(() => schemaOfMessage(this.#message));
  }

  #decode(): Value {
    this.#value = this.#noted(() => (this.#isNull ? null : this.#format.decode(this.#message.body)));
    return this.#value;
  }

  #noted<T>(make: () => T): T {
    try {
      return make();
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= withoutOwn(this.#message.properties);
    return this.#headers;
  }

  get topic(): string {
    return this.#message.topic;
  }
  get broker(): string {
    return this.#message.broker;
  }
  get queue(): number {
    return this.#message.queue;
  }
  get offset(): number {
    return this.#message.offset;
  }
  get body(): Buffer {
    return this.#message.body;
  }
  get key(): string | undefined {
    return this.#message.key;
  }
  get tag(): string | undefined {
    return this.#message.tag;
  }
  get bornAt(): number {
    return this.#message.bornAt;
  }
  get storedAt(): number {
    return this.#message.storedAt;
  }

  get #isNull(): boolean {
    return this.#message.bodyBytes === 0 && this.#message.property(nullProperty) !== undefined;
  }
}

/** What we have added is no header. */
function withoutOwn(properties: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !ownProperties.has(name)));
}

function changed(delivered: SinkRecord, content: Content, format: Format): SinkRecord {
  const { value } = content;
  const body = value === delivered.value ? delivered.body : value === null ? empty : format.encode(value);
  return {
    topic: delivered.topic,
    broker: delivered.broker,
    queue: delivered.queue,
    offset: delivered.offset,
    bornAt: delivered.bornAt,
    storedAt: delivered.storedAt,
    value,
    body,
    key: content.key,
    tag: content.tag,
    headers: content.headers ?? {},
    schema: content.schema,
  };
}
