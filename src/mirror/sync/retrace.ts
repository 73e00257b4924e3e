import type { Queue, StoredMessage } from '../../rocketmq/cluster.js';
import { stampOf, type Span, type Stamp } from '../../worker/stamp.js';
import type { Run } from './offset-map.js';

/** Looks at messages of the target, without touching any group. */
export type Peek = (queue: Queue, offset: number, limit: number) => Promise<readonly StoredMessage[]>;

interface Parcel {
  readonly span: Span;
  /** Source offset of the message with index 0. */
  readonly source: number;
}

/** Whose messages to look for, and where. */
export interface Trace {
  readonly tag: string;
  readonly generation: number;
  readonly from: number;
  readonly to: number;
}

/** A message of the route whose place in the source is not told: the start of its parcel is gone from the target. */
export interface Adrift {
  readonly source: null;
  readonly target: number;
}

const step = 32;

/**
 * Reads out of the target itself where its messages came from: those of the route carry their place in the source.
 * Yields runs from `from` on, up to before `to`, in the target's order. A parcel that lies there in one piece costs
 * one look. The first messages may be adrift: those of the parcel in which the target begins.
 */
export async function* retrace(
  peek: Peek,
  target: Queue,
  { tag, generation, from, to }: Trace,
): AsyncGenerator<Run | Adrift> {
  /** null: its span is gone from the target, and with it where its messages came from. */
  const parcels = new Map<string, Parcel | null>();
  let at = from;
  while (at < to) {
    const messages = await peek(target, at, Math.min(step, to - at));
    const last = messages.at(-1);
    if (last === undefined) return;
    at = last.offset + 1;
    for (const message of messages) {
      const stamp = stampOf(message);
      if (stamp?.tag !== tag || stamp.generation !== generation) continue;
      let parcel = parcels.get(stamp.parcel);
      if (parcel === undefined) {
        parcel = await parcelOf(peek, target, message, stamp);
        parcels.set(stamp.parcel, parcel);
      }
      if (parcel === null) {
        yield { source: null, target: message.offset };
        continue;
      }
      yield { source: parcel.source + stamp.index, target: message.offset, length: 1 };
      if (message !== last) continue;
      const rest = await restOf(peek, target, { message, stamp, parcel, to });
      if (rest === 0) continue;
      yield { source: parcel.source + stamp.index + 1, target: message.offset + 1, length: rest };
      at += rest;
    }
    // One parcel may reach from one look into the next, but not over many.
    if (parcels.size > step) for (const id of [...parcels.keys()].slice(0, -step)) parcels.delete(id);
  }
}

/**
 * The span stands on the parcel's first message, which lies before this one; others may have come in between. Null where
 * the queue does not hold it any more: looks below its start are answered from its start.
 */
async function parcelOf(
  peek: Peek,
  target: Queue,
  message: StoredMessage,
  stamp: Stamp,
): Promise<Parcel | null> {
  if (stamp.index === 0) return parcelFrom(stamp.span);
  let at = message.offset - stamp.index;
  while (at >= 0) {
    const found = await peek(target, at, step);
    const stamps = found.map((one) => stampOf(one));
    const first = stamps.find((one) => one?.parcel === stamp.parcel && one.span !== null);
    if (first?.span !== null && first?.span !== undefined) return parcelFrom(first.span);
    if (at === 0 || (found[0]?.offset ?? Infinity) > at) return null;
    at = Math.max(0, at - step);
  }
  return null;
}

function parcelFrom(span: Span | null): Parcel | null {
  if (span === null || typeof span.to !== 'number') return null;
  // Its messages follow each other in the source, up to the one before `to`.
  return { span, source: span.to - span.count };
}

/** How many of the parcel's messages lie right behind this one: all, if its last is where it should be. */
async function restOf(
  peek: Peek,
  target: Queue,
  of: {
    readonly message: StoredMessage;
    readonly stamp: Stamp;
    readonly parcel: Parcel;
    readonly to: number;
  },
): Promise<number> {
  const { message, stamp, parcel, to } = of;
  const rest = Math.min(parcel.span.count - 1 - stamp.index, to - 1 - message.offset);
  if (rest <= 0) return 0;
  const [last] = await peek(target, message.offset + rest, 1);
  const found = last === undefined ? null : stampOf(last);
  const isThere =
    last?.offset === message.offset + rest &&
    found?.parcel === stamp.parcel &&
    found.index === stamp.index + rest;
  return isThere ? rest : 0;
}
