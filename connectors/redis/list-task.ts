import { Unsettled, type ConnectorContext, type SourceBatch, type SourceTask } from '../../src/sdk/index.js';
import { redisError } from './errors.js';
import type { Link } from './link.js';
import { blockMs } from './reading.js';

/** Elements that are moved in one go; each move is a command. */
const moves = 200;

/** What is taken from a list lies here until it is stored, so that nothing is lost with the worker. */
export const processingKey = (key: string, connector: string): string => `${key}:${connector}:processing`;

/** Elements from the left of lists; first those that were taken before and not stored. */
export async function readList(
  link: Pick<Link, 'call' | 'pipeline' | 'close' | 'where'>,
  keys: readonly string[],
  { connector, once }: ConnectorContext,
): Promise<SourceTask> {
  const ready: SourceBatch[] = [];
  const unsettled = new Map(keys.map((key) => [key, new Unsettled<Buffer>()]));
  const left = new Map<string, number>();
  const hand = (key: string, values: readonly Buffer[]): void => {
    const its = unsettled.get(key);
    if (its === undefined || values.length === 0) return;
    const records = values.map((value) => ({ value, position: its.add(value) }));
    ready.push({ partition: key, records });
  };
  for (const key of keys) {
    const before = await link.call('LRANGE', processingKey(key, connector), 0, -1);
    if (Array.isArray(before)) hand(key, before as readonly Buffer[]);
    if (once) left.set(key, Number(await link.call('LLEN', key)));
  }
  const take = async (key: string, most: number): Promise<number> => {
    const move = ['LMOVE', key, processingKey(key, connector), 'LEFT', 'RIGHT'] as const;
    const replies = await link.pipeline(Array.from({ length: most }, () => move));
    const failed = replies.find(([error]) => error !== null)?.[0];
    // Some may have been moved whose answer did not come: only who starts anew finds all of them, in the other list.
    if (failed) throw redisError(failed, link.where, 'LMOVE');
    const values = replies.flatMap(([, value]) => (Buffer.isBuffer(value) ? [value] : []));
    hand(key, values);
    return values.length;
  };
  return {
    read: async (signal) => {
      for (let turn = 0; ; turn += 1) {
        signal.throwIfAborted();
        const next = ready.shift();
        if (next !== undefined) return next;
        let taken = 0;
        for (const key of keys) {
          const most = Math.min(moves, left.get(key) ?? moves);
          if (most === 0) continue;
          const its = await take(key, most);
          taken += its;
          if (once) left.set(key, its < most ? 0 : most === moves ? (left.get(key) ?? 0) - its : 0);
        }
        if (taken > 0) continue;
        if (once) return null;
        const key = keys[turn % keys.length] ?? '';
        const wait = keys.length === 1 ? blockMs : blockMs / 4;
        const value = await link.call(
          'BLMOVE',
          key,
          processingKey(key, connector),
          'LEFT',
          'RIGHT',
          wait / 1_000,
        );
        if (Buffer.isBuffer(value)) hand(key, [value]);
      }
    },
    committed: async (key, position) => {
      const stored = unsettled.get(key)?.upTo(position) ?? [];
      const list = processingKey(key, connector);
      const replies = await link.pipeline(stored.map((value) => ['LREM', list, 1, value] as const));
      const failed = replies.find(([error]) => error !== null)?.[0];
      if (failed) throw redisError(failed, link.where, 'LREM');
    },
    close: () => link.close(),
  };
}
