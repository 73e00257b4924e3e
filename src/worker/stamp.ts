import { createHash, randomBytes } from 'node:crypto';
import type { OutMessage, StoredMessage } from '../rocketmq/cluster.js';
import type { JsonValue, Position } from '../sdk/index.js';

/**
 * What a message says of where it comes from, in two user properties:
 * - `rc`, on every message: `TAG.PARCEL.INDEX`: the connector's partition, the parcel it was sent in, and
 *   its place there. Once a person has set the partition's position, `TAG` ends with `-GENERATION`
 * - `rc.span`, on the first of a parcel: `[from, skipped, to, count]`: the parcel holds the messages of the
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
  readonly parcel: string;
  readonly span: Span | null;
}

/** The same for a partition whenever and wherever its connector runs, until its position is set by a person. */
export function partitionTag(connector: string, partition: string, generation = 0): string {
  const name = createHash('sha256').update(`${connector}\0${partition}`).digest('hex').slice(0, 10);
  return withGeneration(name, generation);
}

/** Tells tags of present generations from earlier ones. A partition without its own has the `connector`'s. */
export function presentTags(
  connector: string,
  generations: ReadonlyMap<string, number>,
  otherwise: number,
): (tag: string) => boolean {
  const present = new Map(
    [...generations].map(([partition, generation]) => {
      return [partitionTag(connector, partition), partitionTag(connector, partition, generation)];
    }),
  );
  return (tag) => {
    const [name = ''] = tag.split('-');
    return tag === (present.get(name) ?? withGeneration(name, otherwise));
  };
}

function withGeneration(name: string, generation: number): string {
  return generation === 0 ? name : `${name}-${generation.toString(36)}`;
}

/** Stamps the parcels of one run. */
export class Stamper {
  /** Tells the parcels of this run from those of others. */
  readonly #run = randomBytes(4).toString('hex');
  #parcels = 0;

  stamp(
    tag: string,
    { from, skipped, to }: Omit<Span, 'count'>,
    messages: readonly OutMessage[],
  ): OutMessage[] {
    this.#parcels += 1;
    const prefix = `${tag}.${this.#run}${this.#parcels.toString(36)}.`;
    const span = JSON.stringify([from, skipped, to, messages.length]);
    return messages.map((message, index) => ({
      ...message,
      properties: {
        ...message.properties,
        [stampProperty]: prefix + index.toString(36),
        ...(index === 0 ? { [spanProperty]: span } : {}),
      },
    }));
  }
}

/** Null for a message that carries none. */
export function stampOf(message: Pick<StoredMessage, 'properties'>): Stamp | null {
  const [tag, parcel, index] = message.properties[stampProperty]?.split('.') ?? [];
  if (tag === undefined || parcel === undefined || index === undefined) return null;
  return { tag, parcel, span: spanOf(message.properties[spanProperty]) };
}

function spanOf(text: string | undefined): Span | null {
  if (text === undefined) return null;
  const parsed = JSON.parse(text) as JsonValue;
  if (!Array.isArray(parsed)) return null;
  const [from, skipped, to, count] = parsed as readonly JsonValue[];
  if (from === undefined || to === undefined) return null;
  return { from, skipped: Number(skipped), to, count: Number(count) };
}
