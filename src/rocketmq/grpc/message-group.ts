import { createHash } from 'node:crypto';

/** What a proxy takes for a message group: at most 64 bytes, no blanks at its ends, no control characters. */
const plain = /^[\x21-\x7e]{1,64}$/;

/** The message group of an ordering key: the key itself where a proxy takes it, else a digest of it. */
export function messageGroup(orderingKey: string): string {
  if (plain.test(orderingKey)) return orderingKey;
  return createHash('sha256').update(orderingKey).digest('hex').slice(0, 32);
}
