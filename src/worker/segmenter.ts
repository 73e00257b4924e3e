import type { OutMessage } from '../rocketmq/cluster.js';
import type { Position } from '../sdk/index.js';
import { positionText, samePosition, type Crossing, type Place, type Replay } from './replay.js';
import type { Placed } from './way.js';

/** Messages of a stretch of a partition, to be sent as one parcel; none where there is nothing to send. */
export interface Segment<Item = Placed> {
  readonly from: Position | null;
  /** How many messages behind `from` were sent before. */
  readonly skipped: number;
  readonly to: Position;
  readonly messages: readonly OutMessage[];
  /** What each of them was made of. */
  readonly records: readonly Item[];
}

/** What is left out. */
interface Skip extends Crossing {
  /** Still to be left out. */
  messages: number;
  /** Whether the last record stands where what arrived ends: asked once a record, as it may cost something. */
  atEnd: boolean;
}

const isEnd = ({ end }: Crossing, { position }: { readonly position: Position | null }): boolean =>
  positionText(position) === end;

/**
 * Cuts what is read of one partition into parcels, and leaves out what arrived before a crash. Where a
 * parcel was found, as many messages are left out as it has: a source that can be replayed gives the same
 * ones again. No position is told inside of what is left out: it would mean nothing after another crash.
 */
export class Segmenter<Item extends Placed = Placed> {
  readonly #replay: Replay | null;
  /** What stands at the position before the next message: a record, whose position may cost something to ask. */
  #previous: { readonly position: Position | null };
  #skip: Skip | null = null;
  #from: Place;
  /** `#previous` lies ahead: the records up to there are still to be read, but have no messages. */
  #isAhead = false;
  #messages: OutMessage[] = [];
  #records: Item[] = [];
  #leftOut = 0;
  /** Something had arrived of what is read. */
  readonly hadReplay: boolean;

  constructor(start: Position | null, replay: Replay | null) {
    this.#previous = { position: start };
    this.#from = { position: start, skipped: 0 };
    this.#replay = replay;
    replay?.forgetBefore(start);
    this.hadReplay = this.isReplaying;
  }

  /** How many messages were left out because they had arrived. */
  get leftOut(): number {
    return this.#leftOut;
  }

  get isReplaying(): boolean {
    return this.#skip !== null || this.#replay?.isDone === false;
  }

  /** Records are gone that messages were made of: those that arrived cannot be counted off any more. */
  forget(): void {
    this.#skip = null;
    this.#replay?.forget();
  }

  /** `convert` makes a record's message, or null where a transform drops it. */
  cut(records: readonly Item[], convert: (record: Item) => OutMessage | null): readonly Segment<Item>[] {
    const segments: Segment<Item>[] = [];
    for (const record of records) {
      if (this.#skip?.atEnd === true) this.#stopBehind(segments, this.#skip, record);
      if (this.#skip === null && this.#replay?.isDone === false) this.#meet(segments, this.#replay);
      const message = convert(record);
      if (message === null && this.#isAhead) {
        this.#isAhead = !samePosition(record.position, this.#previous.position);
        continue;
      }
      this.#isAhead = false;
      this.#previous = record;
      if (this.#skip !== null) this.#skip.atEnd = isEnd(this.#skip, record);
      if (message === null) continue;
      if (this.#skip !== null) {
        this.#leaveOut(this.#skip, segments);
        continue;
      }
      this.#messages.push(message);
      this.#records.push(record);
    }
    if (this.#skip === null) this.#end(segments, this.#previous.position);
    return segments;
  }

  /** Whether what comes next has arrived already. */
  #meet(segments: Segment<Item>[], replay: Replay): void {
    const crossing = replay.cross({ position: this.#previous.position, skipped: 0 });
    if (crossing === null) return;
    this.#end(segments, this.#previous.position);
    this.#skip = { ...crossing, atEnd: isEnd(crossing, this.#previous) };
  }

  /**
   * Where the records make fewer messages than they did (a filter was added since), what lies behind the end of what
   * arrived is not left out for it.
   */
  #stopBehind(segments: Segment<Item>[], skip: Skip, next: Item): void {
    if (isEnd(skip, next)) return;
    this.#skip = null;
    this.#end(segments, this.#previous.position);
  }

  #leaveOut(skip: Skip, segments: Segment<Item>[]): void {
    this.#leftOut += 1;
    skip.messages -= 1;
    if (skip.messages > 0) return;
    this.#skip = null;
    this.#end(segments, skip.shore.position);
    this.#from = skip.shore;
    if (skip.shore.skipped > 0) return;
    this.#isAhead = !samePosition(this.#previous.position, skip.shore.position);
    this.#previous = skip.shore;
  }

  /** Ends the parcel at `to`. */
  #end(segments: Segment<Item>[], to: Position | null): void {
    const { position: from, skipped } = this.#from;
    if (to === null || to === from) return;
    segments.push({ from, skipped, to, messages: this.#messages, records: this.#records });
    this.#from = { position: to, skipped: 0 };
    this.#messages = [];
    this.#records = [];
  }
}
