import { isObject, type JsonValue, type Position } from '../sdk/index.js';
import type { Span } from './stamp.js';

/** A place between two messages of a partition: `skipped` messages behind the record at `position`. */
export interface Place {
  readonly position: Position | null;
  readonly skipped: number;
}

/** What is found of one parcel in the queues. */
export interface Island {
  readonly span: Span;
  /** How many of its messages, from the first on, are stored, or were refused and let go of. */
  readonly stored: number;
}

export interface Crossing {
  readonly shore: Place;
  readonly messages: number;
  /** The text of the position behind which there is no message of theirs. */
  readonly end: string;
}

/**
 * Knows which messages of a partition have arrived already, when its records are read again after a crash.
 * Parcels are islands between places; those that touch are crossed in one go.
 */
export class Replay {
  readonly #islands = new Map<string, Island>();

  constructor(islands: readonly Island[]) {
    for (const island of islands) {
      const { from, skipped } = island.span;
      this.#islands.set(keyOf({ position: from, skipped }), island);
    }
  }

  get isDone(): boolean {
    return this.#islands.size === 0;
  }

  /**
   * The far shore of the islands that begin at `place`, and how many messages lie between; null where none
   * begins. Forgets them.
   */
  cross(place: Place): Crossing | null {
    let shore = place;
    let messages = 0;
    let end = '';
    for (;;) {
      const key = keyOf(shore);
      const island = this.#islands.get(key);
      if (island === undefined || island.stored === 0)
        return messages === 0 ? null : { shore, messages, end };
      this.#islands.delete(key);
      const { from, skipped, to, count } = island.span;
      messages += island.stored;
      end = positionText(to);
      shore =
        island.stored >= count
          ? { position: to, skipped: 0 }
          : { position: from, skipped: skipped + island.stored };
    }
  }

  forget(): void {
    this.#islands.clear();
  }

  /**
   * Forgets the islands whose records are not those that are read now from `start` on: that end at none of them, or
   * begin behind none, so that nobody would come by.
   */
  async keep(start: Position | null, holds: (position: Position) => Promise<boolean>): Promise<void> {
    const isRead = async (position: Position | null): Promise<boolean> =>
      position === null || samePosition(position, start) || (await holds(position));
    for (const [key, { span }] of [...this.#islands]) {
      if (!(await holds(span.to)) || !(await isRead(span.from))) this.#islands.delete(key);
    }
  }

  /** Forgets the islands that end where we stand, and those before them: their records are not read again. */
  forgetBefore(position: Position | null): void {
    const ends = new Map<string, string>();
    for (const [key, { span, stored }] of this.#islands) {
      if (stored >= span.count) ends.set(keyOf({ position: span.to, skipped: 0 }), key);
    }
    for (let here = keyOf({ position, skipped: 0 }); ;) {
      const key = ends.get(here);
      if (key === undefined) return;
      ends.delete(here);
      this.#islands.delete(key);
      here = key;
    }
  }
}

export function samePosition(a: Position | null, b: Position | null): boolean {
  return a === b || positionText(a) === positionText(b);
}

function keyOf({ position, skipped }: Place): string {
  return `${skipped} ${positionText(position)}`;
}

/** The same text for the same JSON, however its objects were put together. */
export function positionText(value: JsonValue): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}
