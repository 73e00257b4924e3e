/** A task's share of what all tasks read is a partition of its own. */
export const partitionOf = (name: string, part: number): string => (part === 0 ? name : `${name}#${part}`);
/** Records of a batch, at the most. */
export const batchRecords = 1_000;
/** Messages that may wait to be read. */
export const mostWaiting = 4_000;
