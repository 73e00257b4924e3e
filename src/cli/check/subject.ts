import type { Finding, Findings } from '../../sdk/index.js';
import { exitCodes, tell } from '../exit-code.js';
import { within } from '../within.js';

/** A finding, or that there was no answer. */
export interface Found {
  readonly level: Finding['level'] | 'unreachable';
  readonly what: string;
  /** null: nothing to be done. */
  readonly hint: string | null;
}

/** One thing that is looked at: a RocketMQ, a connector's system, the data directory. */
export interface Subject {
  readonly job: string;
  /** null: the job as a whole uses it. */
  readonly connector: string | null;
  /** `sink postgres`, `RocketMQ at 127.0.0.1:9876`. */
  readonly system: string;
  /** `signal`: see `InspectContext`. */
  readonly look: (signal: AbortSignal) => Findings;
}

export interface Looked extends Omit<Subject, 'look'> {
  readonly findings: readonly Found[];
}

/** Looks until the subject has told all, or has said nothing for `silenceMs`. */
export async function lookAt({ look, ...subject }: Subject, silenceMs: number): Promise<Looked> {
  const findings: Found[] = [];
  const over = new AbortController();
  try {
    const told = look(over.signal)[Symbol.asyncIterator]();
    for (;;) {
      const next = await within(told.next(), silenceMs);
      if (next === null) {
        findings.push(silent(silenceMs));
        over.abort();
        // It may be stuck where the signal does not reach.
        told.return?.().catch(() => undefined);
        break;
      }
      if (next.done === true) break;
      const { level, what, hint = null } = next.value;
      findings.push({ level, what, hint });
    }
  } catch (error) {
    findings.push(foundOf(error));
  }
  if (findings.length === 0) findings.push({ level: 'ok', what: 'nothing to look at', hint: null });
  return { ...subject, findings };
}

const silent = (ms: number): Found => ({
  level: 'unreachable',
  what: `no answer within ${String(ms / 1000)} s`,
  hint: 'is it the right address, and does something in between drop packets?',
});

/** What keeps a look from going on is a finding, too; a fault of ours is not. */
function foundOf(error: unknown): Found {
  const told = tell(error);
  if (told.code === 'internal') throw error;
  const level = told.exitCode === exitCodes.unreachable ? 'unreachable' : 'problem';
  return { level, what: told.message, hint: told.hint ?? null };
}
