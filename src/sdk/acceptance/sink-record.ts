import type { SinkRecord, Value } from '../index.js';

export type SinkRecordContent = Partial<SinkRecord> & { readonly value: Value };

/** A record as the worker hands it to a sink; what is not given is made up. */
export function sinkRecord(content: SinkRecordContent): SinkRecord {
  return {
    topic: 'acceptance',
    broker: 'broker-a',
    queue: 0,
    offset: 0,
    headers: {},
    body: bodyOf(content.value),
    json: jsonOf(content.value),
    bornAt: 1_700_000_000_000,
    storedAt: 1_700_000_000_001,
    ...content,
  };
}

/** Only the format `json` makes objects and lists of a body. */
function jsonOf(value: Value): Buffer | undefined {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value) ? bodyOf(value) : undefined;
}

function bodyOf(value: Value): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (value === null) return Buffer.alloc(0);
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}
