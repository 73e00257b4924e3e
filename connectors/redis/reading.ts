/** Records of a batch, at the most. */
export const batchRecords = 1_000;
/** How long Redis may keep us waiting: a read that is to end must do so within a second. */
export const blockMs = 400;
/** Whether it names channels by what they have alike. */
export const isPattern = (channel: string): boolean => /[*?[]/.test(channel);
