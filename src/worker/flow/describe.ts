import { queueName } from '../../rocketmq/queue-name.js';
import type { OutMessage, Queue, StoredMessage } from '../../rocketmq/cluster.js';
import type { SinkRecord, SourceRecord, Value } from '../../sdk/index.js';
import { spanProperty, stampProperty } from '../stamp.js';
import { jsonStart, textStart } from './excerpt.js';
import type { TappedRecord, TapStage } from './taps.js';

/** More of a value, or of a key, is no sample any more. */
const mostCharacters = 4_096;
const mostHeaders = 64;
const mostOfHeader = 1_024;

type Who = Pick<TappedRecord, 'connector' | 'task'>;
type Headers = Readonly<Record<string, string>>;

interface Shown {
  readonly value: unknown;
  readonly cut: boolean;
  readonly base64?: true;
}

/** What a source has read. */
export function readRecord(who: Who, partition: string, record: object): TappedRecord {
  const read = record as Partial<SourceRecord> & { readonly body?: Buffer };
  const { key, tag, headers, json, body } = read;
  // To ask for the value may be to parse all of its text.
  const isLong = json !== undefined && json.length > mostCharacters;
  return shown(who, 'before', partition, { key, tag, headers }, isLong ? json : (read.value ?? body ?? null));
}

/** What a source sends. */
export function sentMessage(who: Who, queue: Queue, message: OutMessage): TappedRecord {
  const { key, tag, properties, body } = message;
  return shown(who, 'after', queueName(queue), { key, tag, headers: properties }, body);
}

/** What a sink has fetched. */
export function fetchedMessage(who: Who, message: StoredMessage): TappedRecord {
  const { key, tag, properties, body, offset } = message;
  const place = `${queueName(message)}@${String(offset)}`;
  return shown(who, 'before', place, { key, tag, headers: properties }, body);
}

/** What a sink writes. */
export function writtenRecord(who: Who, record: SinkRecord): TappedRecord {
  const { key, tag, headers, value, offset } = record;
  return shown(who, 'after', `${queueName(record)}@${String(offset)}`, { key, tag, headers }, value);
}

function shown(
  { connector, task }: Who,
  stage: TapStage,
  place: string,
  { key, tag, headers }: Partial<Pick<SourceRecord, 'key' | 'tag' | 'headers'>>,
  value: Value,
): TappedRecord {
  const text = textStart(key ?? '', mostCharacters);
  const some = headersShown(headers ?? {});
  const { cut, ...rest } = valueShown(value);
  return {
    at: new Date().toISOString(),
    connector,
    task,
    stage,
    place,
    key: key === undefined ? null : text.text,
    tag: tag ?? null,
    headers: some.headers,
    ...rest,
    ...((cut || text.cut || some.cut) && { cut: true }),
  };
}

function headersShown(headers: Headers): { readonly headers: Headers; readonly cut: boolean } {
  const all = Object.entries(headers).filter(([name]) => !isStamp(name));
  const some = all
    .slice(0, mostHeaders)
    .map(([name, value]) => [name, textStart(value, mostOfHeader)] as const);
  return {
    headers: Object.fromEntries(some.map(([name, { text }]) => [name, text])),
    cut: all.length > some.length || some.some(([, { cut }]) => cut),
  };
}

/** What the worker notes on a message for itself is no header of a record. */
const isStamp = (name: string): boolean => name === stampProperty || name === spanProperty;

function valueShown(value: Value): Shown {
  if (typeof value === 'string') {
    const { text, cut } = textStart(value, mostCharacters);
    return { value: text, cut };
  }
  if (!Buffer.isBuffer(value)) {
    const { text, cut } = jsonStart(value, mostCharacters);
    return { value: cut ? text : value, cut };
  }
  const cut = value.length > mostCharacters;
  const part = value.subarray(0, mostCharacters);
  const text = part.toString();
  // What was cut in the middle of a character is still text.
  const isText = !text.slice(0, -1).includes('\uFFFD') && !text.includes('\0');
  return isText ? { value: text, cut } : { value: part.toString('base64'), base64: true, cut };
}
