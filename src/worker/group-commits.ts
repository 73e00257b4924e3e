import { z } from 'zod';
import type { JsonValue, QueueOffset } from '../sdk/index.js';

/** How long a broker may take to write a commit down: 5 s by default, and it may be configured. */
const forgetfulMs = 60_000;

const markSchema = z.object({
  /** What was committed for the group, oldest first, and when, in milliseconds since 1970. */
  commits: z.array(z.object({ offset: z.number(), at: z.number() })),
  /** The run of the broker they were committed to; null where it was unknown. */
  broker_run: z.string().nullable(),
});
type Mark = z.infer<typeof markSchema>;

/**
 * What was committed for the group in one queue of a sink that keeps its own offsets. It is stored beside
 * them (`mark`), so that the next start can tell what we committed from what somebody else did.
 */
export class GroupCommits {
  #commits: Mark['commits'];
  /** Asked for with each batch: made anew with each commit. */
  #mark: JsonValue | undefined;
  readonly #brokerRun: string | null;

  /** `committed`: the group's offset now; `earlier`: the mark of the last run, if any. */
  constructor(committed: number | null, brokerRun: string | null, earlier: JsonValue, now = Date.now()) {
    this.#commits = markOf(earlier)?.commits ?? [];
    this.#brokerRun = brokerRun;
    if (committed !== null) this.committed(committed, now);
  }

  committed(offset: number, now = Date.now()): void {
    if (this.#commits.at(-1)?.offset !== offset) this.#commits.push({ offset, at: now });
    // A broker forgets what is younger than `forgetfulMs`, and then has the youngest of the older ones.
    const kept = this.#commits.findLastIndex(({ at }) => at < now - forgetfulMs);
    if (kept > 0) this.#commits.splice(0, kept);
    this.#mark = undefined;
  }

  get mark(): JsonValue {
    this.#mark ??= { commits: this.#commits.map((commit) => ({ ...commit })), broker_run: this.#brokerRun };
    return this.#mark;
  }
}

/**
 * Whether the group's offset was set by somebody else since the sink wrote its own one down: it is neither
 * that one nor the last that we committed. A broker that has started anew since may have forgotten our
 * last commits and have an earlier one of ours.
 */
export function isReset(
  own: Pick<QueueOffset, 'offset' | 'mark'>,
  committed: number | null,
  brokerRun: string | null,
): boolean {
  if (committed === null || committed === own.offset) return false;
  const mark = markOf(own.mark);
  if (mark === null) return true;
  if (mark.commits.at(-1)?.offset === committed) return false;
  const sameRun = brokerRun !== null && mark.broker_run === brokerRun;
  return sameRun || !mark.commits.some(({ offset }) => offset === committed);
}

/** Null: not ours; somebody set the offset. */
function markOf(mark: JsonValue): Mark | null {
  return markSchema.safeParse(mark).data ?? null;
}
