import { createHash } from 'node:crypto';
import type { OutMessage, StoredMessage } from '../rocketmq/cluster.js';
import type { JsonValue, Position } from '../sdk/index.js';
import { failureOf } from './failure.js';
import { spanProperty, stampProperty } from './stamp.js';

/** Where a record was when it turned out that it could not go on. */
export const failureStages = ['convert', 'transform', 'send', 'write'] as const;
export type FailureStage = (typeof failureStages)[number];

/** Where a record came from. */
export type Origin =
  | {
      readonly kind: 'sink';
      readonly topic: string;
      readonly broker: string;
      readonly queue: number;
      readonly offset: number;
      /** Milliseconds since 1970: tells it from one that has its offset after the topic was made anew. */
      readonly storedAt: number;
    }
  | {
      readonly kind: 'source';
      /** Where it was to go. */
      readonly topic: string;
      readonly partition: string;
      readonly position: Position;
      /** What its value was before it became bytes. */
      readonly value: ValueKind;
    };

export type ValueKind = 'bytes' | 'text' | 'json' | 'null';

/** A record that cannot go on, as it came. */
export interface FailedRecord {
  readonly origin: Origin;
  readonly stage: FailureStage;
  readonly error: unknown;
  readonly original: OutMessage;
}

export interface Author {
  readonly connector: string;
  readonly task: number;
}

/**
 * How much of a record a letter holds: `whole`; `wrapped`: its key, tag and properties in one property,
 * because they cannot be sent as they are; `cut`: the beginning of its body, because all of it is too large.
 */
export const letterForms = ['whole', 'wrapped', 'cut'] as const;
export type LetterForm = (typeof letterForms)[number];

/** User properties of a dead letter begin with this. */
export const letterPrefix = 'connect.dead.';
/** Bytes of properties: RocketMQ takes 32,767, a proxy 16,384 of its user's; both add some of their own. */
const propertiesLimit: Readonly<Record<LetterForm, number>> = { whole: 32_000, wrapped: 8_000, cut: 8_000 };
const bodyLimit = 64 * 1024;
const textLimit = 1_500;
const stackLimit = 4_000;

/** The same for a record whenever it fails, so that it is not kept twice. */
export function letterId({ connector }: Pick<Author, 'connector'>, failed: FailedRecord): string {
  const { origin, original } = failed;
  const place =
    origin.kind === 'sink'
      ? [origin.topic, origin.broker, origin.queue, origin.offset, origin.storedAt]
      : [origin.partition, origin.position, createHash('sha256').update(original.body).digest('hex')];
  return createHash('sha256')
    .update(JSON.stringify([connector, place]))
    .digest('hex')
    .slice(0, 20);
}

/** The record as a message for the dead-letter topic: what it was, with where it came from and why. */
export function toDeadLetter(failed: FailedRecord, author: Author, form: LetterForm): OutMessage {
  const { original, error, origin, stage } = failed;
  const { code, message } = failureOf(error);
  const about: Record<string, string> = {
    id: letterId(author, failed),
    connector: author.connector,
    task: String(author.task),
    stage,
    code,
    class: error instanceof Error ? error.name : typeof error,
    message: cut(message, textLimit),
    at: new Date().toISOString(),
    ...placeProperties(origin),
  };
  const headers = withoutStamps(original.properties ?? {});
  const { key, tag } = original;
  let content: OutMessage = { body: original.body, key, tag, properties: headers };
  if (form !== 'whole') {
    const wrapped = JSON.stringify({ key, tag, headers });
    const fits = Buffer.byteLength(wrapped) <= propertiesLimit[form] / 2;
    if (fits) about.content = clean(wrapped);
    else about.cut = 'properties';
    content = { body: original.body };
  }
  if (form === 'cut' && original.body.length > bodyLimit) {
    about.cut = about.cut === undefined ? 'body' : 'properties,body';
    about.body_bytes = String(original.body.length);
    content = { body: original.body.subarray(0, bodyLimit) };
  }
  const room = propertiesLimit[form] - bytesOf(content.properties) - bytesOf({ key, tag }) - bytesOf(about);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  if (stack !== '' && room > 200) about.stack = cut(stack, Math.min(stackLimit, room - 60));
  const prefixed = Object.entries(about).map(([name, value]) => [letterPrefix + name, value]);
  return { ...content, properties: { ...content.properties, ...Object.fromEntries(prefixed) } as Properties };
}

type Properties = Readonly<Record<string, string>>;

function placeProperties(origin: Origin): Record<string, string> {
  if (origin.kind === 'sink') {
    const { topic, broker, queue, offset } = origin;
    return { kind: 'sink', topic, broker, queue: String(queue), offset: String(offset) };
  }
  const { topic, partition, position, value } = origin;
  return {
    kind: 'source',
    topic,
    partition: cut(partition, textLimit),
    position: cut(JSON.stringify(position), textLimit),
    value,
  };
}

/** Stamps tell a source what of its own has arrived: a copy of one would be taken for it. */
function withoutStamps(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter(
      ([name]) => name !== stampProperty && name !== spanProperty && !name.startsWith(letterPrefix),
    ),
  );
}

/** With what each property costs beside its name and value. */
function bytesOf(properties: Readonly<Record<string, string | undefined>> = {}): number {
  return Object.entries(properties).reduce(
    (sum, [name, value]) =>
      sum + letterPrefix.length + Buffer.byteLength(name) + Buffer.byteLength(value ?? '') + 2,
    0,
  );
}

function cut(text: string, bytes: number): string {
  const whole = clean(text);
  if (Buffer.byteLength(whole) <= bytes) return whole;
  // A character that was cut in two becomes U+FFFD, which is left out.
  return `${Buffer.from(whole)
    .subarray(0, Math.max(0, bytes - 3))
    .toString()
    .replace(/\uFFFD$/, '')}…`;
}

/** RocketMQ separates properties with these two. */
function clean(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return text.replaceAll(/[\u0001\u0002]/g, '\uFFFD');
}

/** A dead letter as it is read back. */
export interface DeadLetter {
  readonly id: string;
  readonly connector: string;
  readonly task: number;
  readonly stage: string;
  readonly code: string;
  readonly errorClass: string;
  readonly message: string;
  readonly stack: string | null;
  /** ISO 8601. */
  readonly at: string;
  readonly origin: {
    readonly kind: 'source' | 'sink';
    /** Where it came from (sink), or was to go (source). */
    readonly topic: string;
    readonly broker: string | null;
    readonly queue: number | null;
    readonly offset: number | null;
    readonly partition: string | null;
    /** JSON; cut where it is long. */
    readonly position: string | null;
    readonly value: ValueKind;
  };
  /** The record as it came, but for what is in `cut`. */
  readonly original: OutMessage;
  /** What of it could not be kept whole: `body`, `properties`. */
  readonly cut: readonly string[];
  /** The letter's own place. */
  readonly stored: StoredMessage;
}

/** Null for a message that is none. */
export function readDeadLetter(stored: StoredMessage): DeadLetter | null {
  const of = (name: string): string | null => stored.properties[letterPrefix + name] ?? null;
  const id = of('id');
  const connector = of('connector');
  const topic = of('topic');
  if (id === null || connector === null || topic === null) return null;
  const number = (name: string): number | null => {
    const text = of(name);
    return text === null ? null : Number(text);
  };
  return {
    id,
    connector,
    task: number('task') ?? 0,
    stage: of('stage') ?? '',
    code: of('code') ?? '',
    errorClass: of('class') ?? '',
    message: of('message') ?? '',
    stack: of('stack'),
    at: of('at') ?? new Date(stored.storedAt).toISOString(),
    origin: {
      kind: of('kind') === 'source' ? 'source' : 'sink',
      topic,
      broker: of('broker'),
      queue: number('queue'),
      offset: number('offset'),
      partition: of('partition'),
      position: of('position'),
      value: valueKind(of('value')),
    },
    original: originalOf(stored, of('content')),
    cut: of('cut')?.split(',') ?? [],
    stored,
  };
}

function valueKind(text: string | null): ValueKind {
  return text === 'text' || text === 'json' || text === 'null' ? text : 'bytes';
}

function originalOf(stored: StoredMessage, content: string | null): OutMessage {
  const { body, key, tag, properties } = stored;
  if (content === null) return { body, key, tag, properties: withoutStamps(properties) };
  const given = JSON.parse(content) as Readonly<Record<string, JsonValue | undefined>>;
  const text = (name: string): string | undefined =>
    typeof given[name] === 'string' ? given[name] : undefined;
  const headers = (given.headers ?? {}) as Properties;
  return { body, key: text('key'), tag: text('tag'), properties: headers };
}
