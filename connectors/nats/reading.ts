/** Records of a batch, at the most. */
export const batchRecords = 1_000;
/** Messages that may wait to be read. */
export const mostWaiting = 4_000;
