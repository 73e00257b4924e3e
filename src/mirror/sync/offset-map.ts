/** `length` messages that follow each other without a gap in both queues. */
export interface Run {
  readonly source: number;
  readonly target: number;
  readonly length: number;
  /**
   * Several runs in one, to save room: its first message is exact; the others lie in order between its start and
   * `targetEnd`, and are found by looking into the target.
   */
  readonly targetEnd?: number;
  /** The source offsets are not below the true ones: each message may be an earlier one of the source. */
  readonly isAtMost?: true;
}

/** Where a source offset is in the target. */
export type Place =
  /** The first message that was copied at or after the offset. */
  | { readonly kind: 'exact'; readonly target: number }
  /** That message, or one that lies before it: which one is not known. */
  | { readonly kind: 'before'; readonly target: number }
  /** It is one of those in the target's [target, before): looking there tells which. */
  | { readonly kind: 'among'; readonly target: number; readonly before: number; readonly run: Run }
  /** Nothing at or after it is copied yet: what will be comes at or behind `target`. */
  | { readonly kind: 'end'; readonly target: number };

const defaultMostRuns = 50_000;

const sourceEndOf = ({ source, length }: Run): number => source + length;
const targetEndOf = ({ target, length, targetEnd }: Run): number => targetEnd ?? target + length;

/**
 * Which target offset a source offset has, for one queue: runs, in order. A run ends where a message was left out,
 * or where others write into the target as well. The number of runs is bounded: the older half is then put together
 * by twos, which keeps every place findable.
 */
export class OffsetMap {
  readonly #most: number;
  #runs: Run[] = [];

  constructor(runs: Iterable<Run> = [], most = defaultMostRuns) {
    this.#most = most;
    for (const run of runs) this.add(run);
  }

  get runs(): readonly Run[] {
    return this.#runs;
  }

  /** Everything below is known of, as far as it was copied; null: nothing is. */
  get end(): { readonly source: number; readonly target: number } | null {
    const last = this.#runs.at(-1);
    return last === undefined ? null : { source: sourceEndOf(last), target: targetEndOf(last) };
  }

  /** What is known already is left as it is; what is new may lie anywhere. */
  add(run: Run): void {
    const at = this.#indexAfter(run.source);
    const before = this.#runs[at - 1];
    const known = before === undefined ? 0 : Math.max(0, sourceEndOf(before) - run.source);
    if (run.targetEnd !== undefined && known > 0) return;
    const next = this.#runs[at];
    const room = next === undefined ? Infinity : next.source - run.source;
    const length = Math.min(run.length, room) - known;
    if (length <= 0) return;
    const fresh = { ...run, source: run.source + known, target: run.target + known, length };
    this.#insert(at, before, fresh);
    if (run.length > room && next !== undefined && run.targetEnd === undefined) {
      this.add({ ...run, source: run.source + room, target: run.target + room, length: run.length - room });
    }
    if (this.#runs.length > this.#most) this.#thin();
  }

  /**
   * Messages at these target offsets, in order, whose place in the source is not told, are those before what follows
   * them; where messages were left out between, they are earlier ones. Null while nothing follows.
   */
  placed(targets: readonly number[]): readonly Run[] | null {
    const [first] = targets;
    if (first === undefined) return [];
    const next = this.#runs.find(({ target }) => target > first);
    if (next === undefined) return null;
    const source = next.source - targets.length;
    return targets.map((target, index) => ({ source: source + index, target, length: 1, isAtMost: true }));
  }

  /** Null where nothing was ever copied. */
  find(offset: number): Place | null {
    const end = this.end;
    if (end === null) return null;
    if (offset >= end.source) return { kind: 'end', target: end.target };
    const at = this.#indexAfter(offset);
    const run = this.#runs[at - 1];
    if (run !== undefined && offset < sourceEndOf(run)) {
      if (run.targetEnd === undefined || offset === run.source) {
        return { kind: kindOf(run), target: run.target + (offset - run.source) };
      }
      return { kind: 'among', target: run.target, before: run.targetEnd, run };
    }
    const next = this.#runs[at];
    return next === undefined
      ? { kind: 'end', target: end.target }
      : { kind: kindOf(next), target: next.target };
  }

  /**
   * Forgets runs that lie wholly below both: nobody can stand there any more. The last of them stays, so that it is
   * known that copying did not begin behind it.
   */
  forgetBelow(source: number, target: number): void {
    const first = this.#runs.findIndex((run) => sourceEndOf(run) > source || targetEndOf(run) > target);
    const below = first < 0 ? this.#runs.length : first;
    if (below > 1) this.#runs.splice(0, below - 1);
  }

  /**
   * Forgets what lies at or behind either offset: what is copied there now has taken its place. True where there was
   * something.
   */
  cutFrom(source: number, target: number): boolean {
    const { end } = this;
    if (end === null || (end.source <= source && end.target <= target)) return false;
    const at = this.#runs.findIndex((run) => sourceEndOf(run) > source || targetEndOf(run) > target);
    // All that follow lie wholly behind.
    const [run] = this.#runs.splice(at);
    if (run === undefined || run.source >= source || run.target >= target) return true;
    const length = Math.min(run.length, source - run.source);
    this.#runs.push(
      run.targetEnd === undefined
        ? { ...run, length: Math.min(length, target - run.target) }
        : { ...run, length, targetEnd: Math.min(run.targetEnd, target) },
    );
    return true;
  }

  #insert(at: number, before: Run | undefined, fresh: Run): void {
    const joins =
      before !== undefined &&
      before.targetEnd === undefined &&
      fresh.targetEnd === undefined &&
      before.isAtMost === fresh.isAtMost &&
      sourceEndOf(before) === fresh.source &&
      targetEndOf(before) === fresh.target;
    if (!joins) {
      this.#runs.splice(at, 0, fresh);
      return;
    }
    this.#runs[at - 1] = { ...before, length: before.length + fresh.length };
  }

  /** The first run that starts behind the offset. */
  #indexAfter(offset: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#runs[middle]?.source ?? Infinity) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #thin(): void {
    const old = this.#runs.slice(0, this.#most >>> 1);
    const thinned: Run[] = [];
    for (let index = 0; index < old.length; index += 2) {
      const [first, second] = [old[index], old[index + 1]];
      if (first === undefined) break;
      thinned.push(second === undefined ? first : together(first, second));
    }
    this.#runs = [...thinned, ...this.#runs.slice(this.#most >>> 1)];
  }
}

const kindOf = ({ isAtMost }: Run): 'exact' | 'before' => (isAtMost === true ? 'before' : 'exact');

function together(first: Run, second: Run): Run {
  return {
    source: first.source,
    target: first.target,
    length: sourceEndOf(second) - first.source,
    targetEnd: targetEndOf(second),
    ...(first.isAtMost === true || second.isAtMost === true ? { isAtMost: true } : {}),
  };
}
