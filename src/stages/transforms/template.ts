import { ConnectorError, type Content, type JsonValue } from '../../sdk/index.js';
import { parseField, readField, type Field } from '../field.js';

/** Text with places of the record in it: `order-{user.id}`. `{{` and `}}` stand for braces. */
export interface Template {
  /** Throws `bad_data` where a place is empty. */
  text(content: Content): string;
  /** Like `text`, but a template that is one place alone gives what stands there as it is. */
  value(content: Content): JsonValue;
  readonly isOnePlace: boolean;
}

/** Null where the text is no template: a brace alone, or a place that cannot be. */
export function parseTemplate(source: string): Template | null {
  const parts: (string | { field: Field; name: string })[] = [];
  const token = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g;
  for (const [whole, name] of source.matchAll(token)) {
    if (name !== undefined) {
      const field = parseField(name);
      if (field === null) return null;
      parts.push({ field, name });
    } else if (whole === '{' || whole === '}') return null;
    else parts.push(whole === '{{' ? '{' : whole === '}}' ? '}' : whole);
  }
  const text = (content: Content): string => {
    let made = '';
    for (const part of parts) made += typeof part === 'string' ? part : asText(read(content, part));
    return made;
  };
  const [only] = parts;
  return typeof only === 'object' && parts.length === 1
    ? { text, value: (content) => read(content, only), isOnePlace: true }
    : { text, value: text, isOnePlace: false };
}

function read(content: Content, { field, name }: { field: Field; name: string }): JsonValue {
  const found = readField(content, field);
  if (found === undefined) {
    throw new ConnectorError('bad_data', `the record has no ${name} to insert`, {
      hint: `keep such records out with a filter before it: filter: {field: ${name}, exists: true}`,
    });
  }
  return Buffer.isBuffer(found) ? found.toString('utf8') : found;
}

function asText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
