/** What all tasks of a source read together: the share of each is a partition of its own. */
export const sharedPartition = (name: string, part: number): string =>
  part === 0 ? name : `${name}#${part}`;
