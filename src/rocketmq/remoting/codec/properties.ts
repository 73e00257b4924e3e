import { RocketmqError } from '../../errors.js';

/**
 * Message properties as they travel and are stored (org.apache.rocketmq.common.message.MessageDecoder
 * `messageProperties2String`): `name U+0001 value U+0002`, repeated, UTF-8. The last U+0002 may be missing.
 */
const nameEnd = '\u0001';
const valueEnd = '\u0002';
const nameEndByte = 1;
const valueEndByte = 2;

export const keysProperty = 'KEYS';
export const tagsProperty = 'TAGS';
export const uniqueKeyProperty = 'UNIQ_KEY';

/**
 * The broker takes 32,767 bytes of properties and adds some of its own (CLUSTER, MSG_REGION, TRACE_ON)
 * to what it was sent.
 */
export const maxPropertiesBytes = 32_600;

/** Names RocketMQ keeps for itself (MessageConst): no user property can have one of them. */
const systemNames: ReadonlySet<string> = new Set([
  keysProperty,
  tagsProperty,
  uniqueKeyProperty,
  ...'WAIT DELAY RETRY_TOPIC REAL_TOPIC REAL_QID TRAN_MSG PGROUP MIN_OFFSET MAX_OFFSET BUYER_ID'.split(' '),
  ...'ORIGIN_MESSAGE_ID TRANSFER_FLAG CORRECTION_FLAG MQ2_FLAG RECONSUME_TIME MSG_REGION TRACE_ON'.split(' '),
  ...'EXTEND_UNIQ_INFO MAX_RECONSUME_TIMES CONSUME_START_TIME INNER_NUM INNER_BASE DUP_INFO'.split(' '),
  ...'CHECK_IMMUNITY_TIME_IN_SECONDS TRAN_PREPARED_QUEUE_OFFSET __transactionId__'.split(' '),
  ...'TRANSACTION_CHECK_TIMES INSTANCE_ID CORRELATION_ID REPLY_TO_CLIENT TTL ARRIVE_TIME'.split(' '),
  ...'PUSH_REPLY_TIME CLUSTER MSG_TYPE POP_CK POP_CK_OFFSET 1ST_POP_TIME __SHARDINGKEY'.split(' '),
  ...'PROPERTY_FORWARD_QUEUE_ID REDIRECT INNER_MULTI_DISPATCH INNER_MULTI_QUEUE_OFFSET'.split(' '),
  ...'TRACE_CONTEXT TIMER_DELAY_SEC TIMER_DELIVER_MS __BORNHOST BORN_TIMESTAMP'.split(' '),
  ...'TIMER_ENQUEUE_MS TIMER_DEQUEUE_MS TIMER_ROLL_TIMES TIMER_OUT_MS TIMER_DEL_UNIQKEY'.split(' '),
  ...'TIMER_DELAY_LEVEL TIMER_DELAY_MS __CRC32# DLQ_ORIGIN_TOPIC DLQ_ORIGIN_MESSAGE_ID'.split(' '),
]);

/** Of those, the ones a sender may set itself: they change nothing but what they say. */
const sendableSystemNames: ReadonlySet<string> = new Set([
  uniqueKeyProperty,
  'WAIT',
  '__SHARDINGKEY',
  'TRACE_CONTEXT',
  'BORN_TIMESTAMP',
]);

export function isSystemProperty(name: string): boolean {
  return systemNames.has(name) || name.startsWith('__RMQ.TRANSIENT.');
}

/** One property as text. Throws `invalid` for characters that would break the others. */
export function encodeProperty(name: string, value: string): string {
  if (breaks(name) || breaks(value)) throw breaking(name);
  return name + nameEnd + value + valueEnd;
}

/** The same as bytes; returns where they end. */
export function writeProperty(name: string, value: string, out: Buffer, at: number): number {
  const middle = writePart(name, out, at);
  const end = middle < 0 ? -1 : writePart(value, out, middle + 1);
  if (end < 0) throw breaking(name);
  out[middle] = nameEndByte;
  out[end] = valueEndByte;
  return end + 1;
}

/** Returns where it ends, or -1 where it has a character that would break the others. */
function writePart(text: string, out: Buffer, at: number): number {
  const { length } = text;
  // Short ASCII is written faster here than by Node.
  const most = length > 64 ? 0 : length;
  let index = 0;
  for (; index < most; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f || unit === nameEndByte || unit === valueEndByte) break;
    out[at + index] = unit;
  }
  if (index === length) return at + length;
  return breaks(text) ? -1 : at + out.write(text, at);
}

/** User properties as bytes. Throws `invalid` for names RocketMQ keeps for itself, and empty ones. */
export function writeUserProperties(
  properties: Readonly<Record<string, string>>,
  out: Buffer,
  at: number,
): number {
  let end = at;
  for (const name in properties) {
    const value = properties[name];
    if (value === undefined) continue;
    if (name === '' || (isSystemProperty(name) && !sendableSystemNames.has(name))) {
      throw new RocketmqError(
        'invalid',
        `a message cannot have a user property named ${JSON.stringify(name)}: ` +
          (name === '' ? 'the name is empty' : 'RocketMQ keeps the name for itself'),
      );
    }
    end = writeProperty(name, value, out, end);
  }
  return end;
}

function breaks(text: string): boolean {
  return text.includes(nameEnd) || text.includes(valueEnd);
}

function breaking(name: string): RocketmqError {
  return new RocketmqError(
    'invalid',
    `property ${JSON.stringify(name)} contains U+0001 or U+0002, which RocketMQ uses to separate properties`,
  );
}

/** Reads properties as stored. Of a name that occurs twice the last value holds. */
export function decodeProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = {};
  for (let at = 0; at < text.length;) {
    let end = text.indexOf(valueEnd, at);
    if (end < 0) end = text.length;
    const middle = text.indexOf(nameEnd, at);
    if (middle > at && middle < end) {
      setProperty(properties, text.slice(at, middle), text.slice(middle + 1, end));
    }
    at = end + 1;
  }
  return properties;
}

/** False: there is none of this name among the properties from `from` to `to`. Makes no text of them. */
export function mayName(data: Buffer, from: number, to: number, name: string): boolean {
  for (let at = from; at < to; at += 1) {
    if (startsWith(data, at, name)) return true;
    at = endOfProperty(data, at, to);
  }
  return false;
}

/**
 * Whether the property of this name, of ASCII, among those from `from` to `to` has this value. Makes no text of
 * them. Of a name that occurs twice the last value holds.
 */
export function hasProperty(data: Buffer, from: number, to: number, name: string, value: Buffer): boolean {
  let found = false;
  for (let at = from; at < to; at += 1) {
    const valueAt = at + name.length + 1;
    const isNamed = data[valueAt - 1] === nameEndByte && startsWith(data, at, name);
    const end = valueAt + value.length;
    if (isNamed) {
      const ends = end === to || (end < to && data[end] === valueEndByte);
      found = ends && value.compare(data, valueAt, end) === 0;
    }
    at = isNamed && found ? end : endOfProperty(data, at, to);
  }
  return found;
}

/** Where a property that begins at `at` ends: most are short, and a long one is passed over faster by Node. */
function endOfProperty(data: Buffer, at: number, to: number): number {
  const near = Math.min(to, at + 64);
  let end = at;
  while (end < near && data[end] !== valueEndByte) end += 1;
  if (end < near || near === to) return end;
  const found = data.indexOf(valueEndByte, near);
  return found < 0 || found > to ? to : found;
}

function startsWith(data: Buffer, at: number, name: string): boolean {
  for (let index = 0; index < name.length; index += 1) {
    const unit = name.charCodeAt(index);
    // What takes more bytes than one is for those to tell who have the text.
    if (unit > 0x7f) return true;
    if (data[at + index] !== unit) return false;
  }
  return true;
}

/** Sets it as the object's own, whatever it is called. */
export function setProperty(properties: Record<string, string>, name: string, value: string): void {
  if (name === '__proto__') {
    Object.defineProperty(properties, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    properties[name] = value;
  }
}
