/** Where `kill-point.ts` kills. */

/** What is counted: reads, appends, syncs and truncations of files, renames, and on sockets sent batches, commits, answers. */
export const killKinds = [
  'read',
  'append',
  'sync',
  'truncate',
  'rename',
  'send',
  'commit',
  'answer',
] as const;
export type KillKind = (typeof killKinds)[number];

export interface KillPoint {
  readonly kind: KillKind;
  /** Counts from 1. */
  readonly count: number;
  readonly when: 'before' | 'torn' | 'after';
  /** Whom to kill; the process itself by default. */
  readonly pid?: number;
}

export type KillCounts = Readonly<Partial<Record<KillKind, number>>>;

/** Numbers from 0 up to 1, the same ones for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 1 | state) + 0x6d2b79f5) >>> 0;
    return state / 2 ** 32;
  };
}

/** A point that a whole run comes by, the early ones more often: a later run has less left to do. */
export function choosePoint(random: () => number, counts: KillCounts): KillPoint {
  const kinds = killKinds.filter((kind) => (counts[kind] ?? 0) > 0);
  const kind = kinds[Math.floor(random() * kinds.length)] ?? 'send';
  const count = 1 + Math.floor(random() ** 3 * (counts[kind] ?? 1));
  const when = (['before', 'torn', 'after'] as const)[Math.floor(random() * 3)] ?? 'before';
  return { kind, count, when };
}
