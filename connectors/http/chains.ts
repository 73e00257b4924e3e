import type { RecordRequest } from './record-request.js';

interface Numbered {
  readonly index: number;
  readonly made: RecordRequest;
}

/**
 * Records sorted into chains whose parts are sent one after the other, each part with at most `most` records
 * of one address. With one record a request, a chain has those of one key; with more, all that go to an address.
 */
export function chainsOf(
  records: readonly Numbered[],
  most: number,
): readonly (readonly (readonly Numbered[])[])[] {
  const chains = new Map<string, Numbered[][]>();
  for (const record of records) {
    const name = most === 1 ? record.made.order : record.made.url;
    const chain = chains.get(name) ?? [];
    chains.set(name, chain);
    const last = chain.at(-1);
    if (last !== undefined && last.length < most) last.push(record);
    else chain.push([record]);
  }
  return [...chains.values()];
}

/** Does all, at most `most` at a time; rejects with the first failure once what was begun has ended. */
export async function inParallel<T>(
  items: readonly T[],
  most: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const run = async (): Promise<void> => {
    while (failures.length === 0) {
      const item = items[next];
      next += 1;
      if (item === undefined) return;
      await task(item).catch((error: unknown) => {
        failures.push(error);
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, run));
  if (failures.length > 0) throw failures[0];
}
