import { createHash, randomBytes } from 'node:crypto';
import type { OutMessage, Series, StoredMessage } from '../rocketmq/cluster.js';
import type { JsonValue, Position } from '../sdk/index.js';

/**
 * What a message says of where it comes from, in two user properties:
 * - `rc`, on every message: `TAG.PARCEL.INDEX`: the connector's partition, the parcel it was sent in, and
 *   its place there. Once a person has set the partition's position, `TAG` has its generation behind it,
 *   `TAG-2`
 * - `rc.span`, on the first of a parcel that is stored: `[from, skipped, to, count]`: the parcel holds the messages of the
 *   records behind position `from` (null: the start), without the first `skipped`, up to and with the record
 *   at `to`; `count` of them
 */
export const stampProperty = 'rc';
export const spanProperty = 'rc.span';

/** A stretch of a partition's messages. */
export interface Span {
  readonly from: Position | null;
  /** How many messages behind `from` are not in it: they were sent before. */
  readonly skipped: number;
  readonly to: Position;
  readonly count: number;
}

export interface Stamp {
  readonly tag: string;
  /** How often a person had set the partition's position before; see `StoredPositions`. */
  readonly generation: number;
  readonly parcel: string;
  /** The message's place in its parcel. */
  readonly index: number;
  readonly span: Span | null;
}

/** The same for a partition whenever and wherever its connector runs. */
export function partitionTag(connector: string, partition: string): string {
  return createHash('sha256').update(`${connector}\0${partition}`).digest('hex').slice(0, 10);
}

/** A message as its sender has just made it. */
interface Stampable {
  series?: Series | undefined;
  place?: number | undefined;
  properties?: Readonly<Record<string, string>> | undefined;
}

/** Stamps the parcels of one run. */
export class Stamper {
  /** Tells the parcels of this run from those of others. */
  readonly #run = randomBytes(4).toString('hex');
  #parcels = 0;

  stamp(
    { tag, generation }: Pick<Stamp, 'tag' | 'generation'>,
    { from, skipped, to }: Omit<Span, 'count'>,
    messages: readonly Stampable[],
  ): void {
    this.#parcels += 1;
    const parcel = this.#run + this.#parcels.toString(36);
    const prefix = stampPrefix({ tag, generation, parcel });
    const series = { name: stampProperty, prefix };
    for (const [index, message] of messages.entries()) {
      message.series = series;
      message.place = index;
    }
    const [first] = messages;
    if (first === undefined) return;
    const span = JSON.stringify([from, skipped, to, messages.length]);
    first.properties = { ...first.properties, [spanProperty]: span };
  }
}

function stampPrefix({ tag, generation, parcel }: Pick<Stamp, 'tag' | 'generation' | 'parcel'>): string {
  const present = generation === 0 ? tag : `${tag}-${generation.toString(36)}`;
  return `${present}.${parcel}.`;
}

/** What the `rc` of a message with this stamp is. */
export function stampValue(stamp: Omit<Stamp, 'span'>): string {
  return stampPrefix(stamp) + stamp.index.toString(36);
}

/** `heir` in place of a message that was refused: the first of a parcel that is stored has its span. */
export function inheriting(refused: OutMessage, heir: OutMessage): OutMessage {
  const span = refused.properties?.[spanProperty];
  if (span === undefined) return heir;
  return { ...heir, properties: { ...heir.properties, [spanProperty]: span } };
}

/** What the `rc` of a message that is sent will be; undefined where it was not stamped. */
export function stampText({ series, place }: Pick<OutMessage, 'series' | 'place'>): string | undefined {
  return series === undefined || place === undefined ? undefined : series.prefix + place.toString(36);
}

/** Null for a message that carries none, or only the beginning of one: see torn.ts. */
export function stampOf(message: Pick<StoredMessage, 'properties'>): Stamp | null {
  const text = message.properties[stampProperty];
  if (text === undefined || text.endsWith('\0')) return null;
  const [present, parcel, index] = text.split('.');
  if (present === undefined || parcel === undefined || index === undefined) return null;
  const [tag = '', generation = '0'] = present.split('-');
  return {
    tag,
    generation: Number.parseInt(generation, 36),
    parcel,
    index: Number.parseInt(index, 36),
    span: spanOf(message.properties[spanProperty]),
  };
}

function spanOf(text: string | undefined): Span | null {
  if (text === undefined) return null;
  const parsed = JSON.parse(text) as JsonValue;
  if (!Array.isArray(parsed)) return null;
  const [from, skipped, to, count] = parsed as readonly JsonValue[];
  if (from === undefined || to === undefined) return null;
  return { from, skipped: Number(skipped), to, count: Number(count) };
}
