import type { SinkRecord } from './record.js';

/**
 * Names a record, the same whenever it is written, and no other one: a topic that was made anew has the same offsets
 * again, another cluster may have the same names, and a proxy's offsets are only a count; when it was stored tells.
 */
export const recordId = ({ topic, broker, queue, offset, storedAt }: SinkRecord): string =>
  [topic, broker, queue, offset, storedAt].join('/');
