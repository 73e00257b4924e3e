let serial = 0;

/** A name nothing else in this process has: for topics, groups, files. */
export function fresh(name: string): string {
  serial += 1;
  return `${name}-${String(serial)}`;
}
