import { parseField, parseTemplate, readField, type Content } from '../sdk/index.js';

/** What a record is kept in order with: all that have the same. */
export interface OrderingKey {
  /** As it was written. */
  readonly text: string;
  /** Undefined where the record has none. Throws `bad_data` like transforms do. */
  of(content: Content): string | undefined;
}

/** A place in the record (`key`, `user.id`, `header.tenant`), or a template of them; null where it is neither. */
export function parseOrderingKey(text: string): OrderingKey | null {
  if (/[{}]/.test(text)) {
    const template = parseTemplate(text);
    return template && { text, of: (content) => template.text(content) };
  }
  const field = parseField(text);
  if (field === null) return null;
  return {
    text,
    of: (content) => {
      const found = readField(content, field);
      if (found === undefined || typeof found === 'string') return found;
      return Buffer.isBuffer(found) ? found.toString('utf8') : JSON.stringify(found);
    },
  };
}
