import { isUtf8 } from 'node:buffer';
import type { SinkRecord, Value } from '../../src/sdk/index.js';
import type { ConsoleConfig } from './spec.js';

/** The bytes a batch is printed as: whole lines, or nothing. */
export function print(records: readonly SinkRecord[], output: ConsoleConfig['output']): Buffer {
  return output === 'json' ? printJson(records) : printText(records);
}

function printText(records: readonly SinkRecord[]): Buffer {
  const parts: Buffer[] = [];
  for (const record of records) {
    if (record.value !== null) parts.push(record.body, newline);
  }
  return Buffer.concat(parts);
}

const newline = Buffer.from('\n');

function printJson(records: readonly SinkRecord[]): Buffer {
  let text = '';
  for (const record of records) {
    const line = {
      topic: record.topic,
      broker: record.broker,
      queue: record.queue,
      offset: record.offset,
      key: record.key ?? null,
      tag: record.tag ?? null,
      headers: record.headers,
      born_at: record.bornAt,
      stored_at: record.storedAt,
      ...printable(record.value),
    };
    text += `${JSON.stringify(line)}\n`;
  }
  return Buffer.from(text);
}

/** Bytes that are not UTF-8 go as base64, under a name of their own. */
function printable(value: Value): { value: unknown } | { value_base64: string } {
  if (!Buffer.isBuffer(value)) return { value };
  return isUtf8(value) ? { value: value.toString() } : { value_base64: value.toString('base64') };
}
