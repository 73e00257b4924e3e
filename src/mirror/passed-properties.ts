/**
 * What of a stored message's properties is passed on. Delivered messages still carry what would make a broker hide
 * them once more (transactions, delays), what the broker that stored them added, and what told a source of ours where
 * they came from. Everything else stays, byte for byte.
 */
import { spanProperty, stampProperty } from '../worker/stamp.js';

/** The clusters it came through, with commas between, the first one first. */
export const viaProperty = 'connect.via';
/** When it was born, in milliseconds since 1970, where that is not kept otherwise. */
export const bornAtProperty = 'connect.born_at';

const nameEnd = 1;
const valueEnd = 2;

const dropped: ReadonlySet<string> = new Set([
  ...'TRAN_MSG PGROUP __transactionId__ TRAN_PREPARED_QUEUE_OFFSET TRANSACTION_CHECK_TIMES DELAY'.split(' '),
  ...'TIMER_DELAY_SEC TIMER_DELAY_MS TIMER_DELIVER_MS TIMER_ENQUEUE_MS TIMER_DEQUEUE_MS'.split(' '),
  ...'TIMER_ROLL_TIMES TIMER_OUT_MS TIMER_DEL_UNIQKEY TIMER_DELAY_LEVEL TIMER_DEL_MSG'.split(' '),
  ...'REAL_TOPIC REAL_QID INNER_NUM INNER_BASE INNER_MULTI_DISPATCH INNER_MULTI_QUEUE_OFFSET'.split(' '),
  ...'POP_CK POP_CK_OFFSET 1ST_POP_TIME __CRC32# CLUSTER MSG_REGION TRACE_ON MIN_OFFSET MAX_OFFSET'.split(
    ' ',
  ),
  stampProperty,
  spanProperty,
]);
const droppedPrefix = '__RMQ.TRANSIENT.';
/** First bytes of those names, and of ours: any other name is kept without a closer look. */
const suspicious = new Uint8Array(256);
for (const name of [...dropped, droppedPrefix, viaProperty]) suspicious[name.charCodeAt(0)] = 1;

export interface Passed {
  readonly kept: Buffer;
  /** Of `viaProperty`; null: it came through none. */
  readonly via: string | null;
  /** Of `bornAtProperty`; null: it has none. */
  readonly bornAt: string | null;
}

/** Takes properties as they are stored apart. What is kept is a view where nothing had to go. */
export function passedProperties(stored: Buffer): Passed {
  let via: string | null = null;
  let bornAt: string | null = null;
  const kept: Buffer[] = [];
  let from = 0;
  let at = 0;
  const end = stored.length;
  while (at < end) {
    const start = at;
    let middle = -1;
    for (; at < end && stored[at] !== valueEnd; at += 1) {
      if (middle < 0 && stored[at] === nameEnd) middle = at;
    }
    if (middle >= 0 && suspicious[stored[start] ?? 0] === 1) {
      const name = stored.toString('latin1', start, middle);
      const isVia = name === viaProperty;
      if (isVia) via = stored.toString('utf8', middle + 1, at);
      else if (name === bornAtProperty) bornAt = stored.toString('utf8', middle + 1, at);
      if (isVia || name === bornAtProperty || dropped.has(name) || name.startsWith(droppedPrefix)) {
        if (start > from) kept.push(stored.subarray(from, start));
        from = at + 1;
      }
    }
    at += 1;
  }
  if (from < end) kept.push(stored.subarray(from, end));
  return { kept: terminated(kept), via, bornAt };
}

const empty = Buffer.alloc(0);
const terminator = Buffer.from([valueEnd]);

/** What follows begins a property of its own. */
function terminated(kept: readonly Buffer[]): Buffer {
  const [first = empty] = kept;
  const last = kept.at(-1) ?? empty;
  const isEnded = last.length === 0 || last[last.length - 1] === valueEnd;
  if (kept.length <= 1 && isEnded) return first;
  return Buffer.concat(isEnded ? kept : [...kept, terminator]);
}
