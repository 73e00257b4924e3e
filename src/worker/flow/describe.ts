import { queueName } from '../../rocketmq/queue-name.js';
import type { OutMessage, Queue, StoredMessage } from '../../rocketmq/cluster.js';
import type { SinkRecord, SourceRecord, Value } from '../../sdk/index.js';
import type { TappedRecord, TapStage } from './taps.js';

/** More of a value is no sample any more. */
const mostCharacters = 4_096;

type Who = Pick<TappedRecord, 'connector' | 'task'>;
type Shown = Pick<TappedRecord, 'value' | 'base64' | 'cut'>;

/** What a source has read. */
export function readRecord(who: Who, partition: string, record: object): TappedRecord {
  const { key, tag, headers, value, body } = record as Partial<SourceRecord> & { readonly body?: Buffer };
  return shown(who, 'before', partition, { key, tag, headers }, value ?? body ?? null);
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
  return {
    at: new Date().toISOString(),
    connector,
    task,
    stage,
    place,
    key: key ?? null,
    tag: tag ?? null,
    headers: headers ?? {},
    ...valueShown(value),
  };
}

function valueShown(value: Value): Shown {
  if (!Buffer.isBuffer(value)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return text.length <= mostCharacters ? { value } : { value: text.slice(0, mostCharacters), cut: true };
  }
  const cut = value.length > mostCharacters ? { cut: true as const } : {};
  const part = value.subarray(0, mostCharacters);
  const text = part.toString();
  // What was cut in the middle of a character is still text.
  const isText = !text.slice(0, -1).includes('\uFFFD') && !text.includes('\0');
  return isText ? { value: text, ...cut } : { value: part.toString('base64'), base64: true, ...cut };
}
