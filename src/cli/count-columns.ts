/** Counts of a task or connector that are worth a column only where one of them is not 0. */
export const countNames = ['skipped', 'dead_lettered', 'retried'] as const;

export function titleOf(name: (typeof countNames)[number]): string {
  return name === 'dead_lettered' ? 'dead letters' : name;
}
