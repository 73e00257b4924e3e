import type { Queue } from '../../rocketmq/cluster.js';
import { count } from '../../worker/runner.js';
import type { Place } from './offset-map.js';

/** Where a group stands in one queue, and what the target has. */
export interface QueueStanding {
  readonly source: Queue;
  /** The group's; null: it never committed one. */
  readonly offset: number | null;
  /** The first that the source still holds. */
  readonly sourceMin: number;
  readonly target: Queue & { readonly min: number; readonly max: number; readonly offset: number | null };
}

/** What becomes of a group's offset in one queue. */
export interface QueueSync {
  readonly source: Queue;
  readonly target: Queue;
  readonly source_offset: number | null;
  /** Where the group goes, or stays, in the target; null: nowhere. */
  readonly target_offset: number | null;
  /** What it had there before. */
  readonly old: number | null;
  readonly moves: boolean;
  /** It goes on with exactly its next message there; else some may come again. */
  readonly exact: boolean;
  /** Why it does not move, or is not exact, or what it will miss. */
  readonly note: string | null;
}

/** What is known of the way of one queue. */
export interface Translation {
  /** null: nothing of the queue is known to be copied. */
  readonly place: Exclude<Place, { kind: 'among' }> | null;
  /** The first source offset that was copied. */
  readonly start: number | null;
  /** Everything below is copied, or was left out. */
  readonly copiedUpTo: number;
}

/** With the map: exact wherever the message that follows was copied. */
export function exactSync(
  standing: QueueStanding & { readonly offset: number },
  { place, start, copiedUpTo }: Translation,
): QueueSync {
  const { offset, sourceMin } = standing;
  if (place === null) {
    // What comes lies behind the target's end; whether something lies before that it has not read is not known.
    if (offset < copiedUpTo)
      return stays(standing, 'where its next message is in the target is not known yet');
    return goesToEnd(standing, standing.target.max, offset - copiedUpTo);
  }
  const ahead = place.kind === 'end' ? offset - copiedUpTo : 0;
  const before = start === null ? 0 : start - Math.max(offset, sourceMin);
  if (ahead > 0) return goesToEnd(standing, place.target, ahead);
  if (place.kind === 'before')
    return looseSync(
      standing,
      place.target,
      'the start of the batch that holds its next message is gone from the target: some it has read may come again',
    );
  const missing =
    before > 0 ? `${count(before, 'message')} before the first that was copied are not in the target` : null;
  return goes(standing, place.target, true, missing);
}

/** `ahead`: how many it has read that are not copied. */
function goesToEnd(standing: QueueStanding, target: number, ahead: number): QueueSync {
  const note =
    ahead === 0 ? null : `${count(ahead, 'message')} it has read are not copied yet and would come again`;
  return goes(standing, target, ahead === 0, note);
}

/** To a place that lies at or before its next message, wherever that is. */
export function looseSync(standing: QueueStanding, target: number, note: string): QueueSync {
  return goes(standing, target, false, note);
}

/** Forward only, and never outside of what the target holds. */
function goes(standing: QueueStanding, wanted: number, exact: boolean, note: string | null): QueueSync {
  const { min, max, offset: old } = standing.target;
  const inside = Math.min(Math.max(wanted, min), max);
  const gone =
    inside > wanted ? `${count(inside - wanted, 'message')} it has not read are gone from the target` : null;
  const about = base(standing);
  if (old !== null && old > inside) {
    return {
      ...about,
      target_offset: old,
      moves: false,
      exact: false,
      note: `it is further on in the target already; its place there would be ${String(inside)}`,
    };
  }
  return {
    ...about,
    target_offset: inside,
    moves: old !== inside,
    exact: exact && inside === wanted,
    note: gone ?? note,
  };
}

export function stays(standing: QueueStanding, note: string): QueueSync {
  return { ...base(standing), target_offset: standing.target.offset, moves: false, exact: false, note };
}

function base({
  source,
  offset,
  target,
}: QueueStanding): Pick<QueueSync, 'source' | 'target' | 'source_offset' | 'old'> {
  const bare = ({ topic, broker, queue }: Queue): Queue => ({ topic, broker, queue });
  return { source: bare(source), target: bare(target), source_offset: offset, old: target.offset };
}
