import { z } from 'zod';
import { ConnectorError } from './errors.js';
import { parseField, readField } from './field.js';
import type { JsonValue } from './json.js';
import type { Content, SinkRecord, Value } from './record.js';

/** Text with places of the record in it: `order-{user.id}`. `{{` and `}}` stand for braces. */
export interface Template<Of = Content> {
  /** Throws `bad_data` where a place is empty. `escape` is what becomes of texts that are filled in. */
  text(record: Of, escape?: (text: string) => string): string;
  /** Like `text`, but a template that is one place alone gives what stands there as it is. */
  value(record: Of): JsonValue;
  readonly isOnePlace: boolean;
  /** As it was written. */
  readonly source: string;
  /** The places in it, by name. */
  readonly places: readonly string[];
}

type Read<Of> = (record: Of) => Value | undefined;

/** Null where the text is no template: a brace alone, or a place that cannot be. */
export function parseTemplate(source: string): Template | null {
  return parse(source, fieldReader);
}

/** The same of a record on its way out, which also has `{topic}`, `{broker}`, `{queue}` and `{offset}`. */
function parseRecordTemplate(source: string): Template<SinkRecord> | null {
  return parse<SinkRecord>(source, (name) =>
    name === 'topic' || name === 'broker' || name === 'queue' || name === 'offset'
      ? (record) => record[name]
      : fieldReader(name),
  );
}

/** A template in the spec of a sink. */
export const recordTemplate = z.string().transform((source, context): Template<SinkRecord> => {
  const parsed = parseRecordTemplate(source);
  if (parsed !== null) return parsed;
  context.addIssue({
    code: 'custom',
    message: 'has a brace that is not part of a {place}',
    params: {
      hint: 'write {key}, {topic}, {header.NAME}, {value.user.id} or the like, and {{ or }} for a brace itself',
    },
  });
  return z.NEVER;
});

/** The texts that it makes for these topics, whatever else a record has; null where it asks for more. */
export function textsByTopic(
  template: Template<SinkRecord>,
  topics: readonly string[],
  escape?: (text: string) => string,
): readonly string[] | null {
  if (template.places.some((place) => place !== 'topic')) return null;
  // Nothing else of the record is asked for.
  const texts = topics.map((topic) => template.text({ topic } as SinkRecord, escape));
  return [...new Set(texts)];
}

function fieldReader(name: string): Read<Content> | null {
  const field = parseField(name);
  return field && ((content) => readField(content, field));
}

function parse<Of>(source: string, reader: (name: string) => Read<Of> | null): Template<Of> | null {
  const parts: (string | { read: Read<Of>; name: string })[] = [];
  const token = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g;
  for (const [whole, name] of source.matchAll(token)) {
    if (name !== undefined) {
      const read = reader(name);
      if (read === null) return null;
      parts.push({ read, name });
    } else if (whole === '{' || whole === '}') return null;
    else parts.push(whole === '{{' ? '{' : whole === '}}' ? '}' : whole);
  }
  const text = (record: Of, escape = (its: string): string => its): string => {
    let made = '';
    for (const part of parts) made += typeof part === 'string' ? part : escape(asText(found(record, part)));
    return made;
  };
  const [only] = parts;
  const places = parts.flatMap((part) => (typeof part === 'string' ? [] : [part.name]));
  return typeof only === 'object' && parts.length === 1
    ? { text, value: (record) => found(record, only), isOnePlace: true, source, places }
    : { text, value: (record) => text(record), isOnePlace: false, source, places };
}

function found<Of>(record: Of, { read, name }: { read: Read<Of>; name: string }): JsonValue {
  const its = read(record);
  if (its === undefined) {
    throw new ConnectorError('bad_data', `the record has no ${name} to insert`, {
      hint: `keep such records out with a filter before it: filter: {field: ${name}, exists: true}`,
    });
  }
  return Buffer.isBuffer(its) ? its.toString('utf8') : its;
}

function asText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
