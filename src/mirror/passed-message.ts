import type { OutMessage, PassedOn, Queue, StoredMessage } from '../rocketmq/cluster.js';
import { RocketmqError } from '../rocketmq/errors.js';
import { heartbeatTopic } from './heartbeat-topic.js';
import { queueByKey } from './key-queue.js';
import { bornAtProperty, passedProperties, viaProperty } from './passed-properties.js';

/** A message of the source, as it is passed on. */
export interface PassedMessage extends OutMessage {
  /** Behind it: the next offset of its queue. */
  readonly position: number;
  readonly offset: number;
  readonly passedOn: PassedOn;
  /** Milliseconds since 1970, by its producer's clock. */
  readonly bornAt: number;
  /** Milliseconds since 1970, by the source broker's clock. */
  readonly storedAt: number;
  /** Where it goes by its key; null: where all of its queue go. */
  readonly to: Queue | null;
  /** It came through the target already, or is no business of this route. */
  readonly leftOut: boolean;
}

export interface Passage {
  /** Names of the clusters. */
  readonly from: string;
  readonly to: string;
  readonly bornTime: 'property' | 'exact';
  /** Whose heartbeats are passed on; those of other routes are left out. */
  readonly route: string;
}

/** Makes messages of one route ready to be passed on. */
export class Passing {
  readonly #passage: Passage;
  /** What most messages say of where they came through, and what they say then. */
  readonly #vias = new Map<string | null, { readonly via: string; readonly leftOut: boolean }>();
  /** What is added to a message. Those of one batch were born at once, and have one object. */
  #added: Readonly<Record<string, string>> = {};

  constructor(passage: Passage) {
    this.#passage = passage;
  }

  /** `queues`: it goes to one of these by its key. Throws `unsupported` where the way to the source does not tell what is needed. */
  of(message: StoredMessage, queues: readonly Queue[] | null): PassedMessage {
    const { raw, bornAt, offset } = message;
    if (raw === undefined)
      throw new RocketmqError('unsupported', 'messages cannot be passed on as they are stored');
    const exact = this.#passage.bornTime === 'exact';
    const passed = passedProperties(raw.properties);
    const { via, leftOut } = this.#viaOf(passed.via);
    return {
      body: message.body,
      properties: this.#addedTo(via, exact ? undefined : (passed.bornAt ?? String(bornAt))),
      series: undefined,
      place: undefined,
      passedOn: {
        properties: passed.kept,
        flag: raw.flag,
        sysFlag: raw.sysFlag & compressionBits,
        bornAt: exact ? timeOf(passed.bornAt, bornAt) : null,
        reconsumeTimes: message.reconsumeTimes,
      },
      position: offset + 1,
      offset,
      bornAt,
      storedAt: message.storedAt,
      to: queues === null ? null : queueByKey(queues, passed.kept),
      leftOut: leftOut || (message.topic === heartbeatTopic && message.key !== this.#passage.route),
    };
  }

  #addedTo(via: string, born: string | undefined): Readonly<Record<string, string>> {
    const latest = this.#added;
    if (latest[viaProperty] === via && latest[bornAtProperty] === born) return latest;
    this.#added =
      born === undefined ? { [viaProperty]: via } : { [viaProperty]: via, [bornAtProperty]: born };
    return this.#added;
  }

  #viaOf(before: string | null): { readonly via: string; readonly leftOut: boolean } {
    let found = this.#vias.get(before);
    if (found === undefined) {
      const { from, to } = this.#passage;
      const names = before === null ? [] : before.split(',');
      const via = names.at(-1) === from ? names : [...names, from];
      found = { via: via.join(','), leftOut: names.includes(to) };
      if (this.#vias.size < mostVias) this.#vias.set(before, found);
    }
    return found;
  }
}

/** Anybody can send anything: what is no time is not taken for one. */
function timeOf(text: string | null, bornAt: number): number {
  const time = Number(text ?? bornAt);
  return Number.isSafeInteger(time) && time > 0 ? time : bornAt;
}

/** Compressed, and how. */
const compressionBits = 0x701;
/** Anybody can send anything: what was seen is not kept without end. */
const mostVias = 1_000;
