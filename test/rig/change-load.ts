/** Changes a table `orders` in many small transactions, and knows what it has changed. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Counts } from './cdc-job.js';

/** The columns that both databases write alike. */
export const ordersTable =
  'CREATE TABLE orders (id bigint PRIMARY KEY, name varchar(100) NOT NULL, amount decimal(12,2), note text)';

export interface LoadTarget {
  /** Runs the statements in one transaction; how many rows each has changed. Resolves when it is committed. */
  transaction(statements: readonly string[], end: 'COMMIT' | 'ROLLBACK'): Promise<readonly number[]>;
}

export interface OpenLoadTarget extends LoadTarget {
  close(): Promise<void>;
}

export interface Load {
  /** What was changed and committed. */
  readonly counts: Counts;
  /** Resolves when the last transaction has ended. */
  stop(): Promise<void>;
}

export interface LoadsOptions {
  readonly open: () => Promise<OpenLoadTarget>;
  /** Changes, about. */
  readonly perSecond: number;
  readonly firstId: number;
  /** So many ids are each load's own. */
  readonly idsOfEach: number;
}

/** Loads of one table, one after the other. */
export class Loads {
  readonly #options: LoadsOptions;
  readonly #all: Load[] = [];

  constructor(options: LoadsOptions) {
    this.#options = options;
  }

  /** Goes on while the work does. */
  async during(work: () => Promise<void>): Promise<void> {
    const { open, perSecond, firstId, idsOfEach } = this.#options;
    const target = await open();
    const load = startLoad(target, { perSecond, firstId: firstId + this.#all.length * idsOfEach });
    this.#all.push(load);
    try {
      await work();
    } finally {
      await load.stop();
      await target.close();
    }
  }

  /** What all of them have changed. */
  get changes(): number {
    return this.#all.reduce((sum, { counts: { c, u, d } }) => sum + c + u + d, 0);
  }
}

/** `perSecond`: changes, about. Rows from `firstId` on are its own; those below may be changed and deleted, too. */
export function startLoad(
  target: LoadTarget,
  { perSecond, firstId }: { perSecond: number; firstId: number },
): Load {
  const counts: Counts = { c: 0, u: 0, d: 0 };
  let stopped = false;
  let next = firstId;
  let seed = 1;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return seed % below;
  };
  const statement = (): { op: keyof Counts; sql: string } => {
    const id = random(next);
    switch (random(4)) {
      case 0:
      case 1: {
        const sql = `INSERT INTO orders (id, name, amount, note) VALUES (${String(next)}, 'name ${String(next)}', ${String(random(100_000) / 100)}, NULL)`;
        next += 1;
        return { op: 'c', sql };
      }
      case 2:
        return {
          op: 'u',
          sql: `UPDATE orders SET amount = ${String(random(100_000) / 100)}, note = 'note ${String(random(1_000_000_000))}' WHERE id = ${String(id)}`,
        };
      default:
        return { op: 'd', sql: `DELETE FROM orders WHERE id = ${String(id)}` };
    }
  };
  const run = async (): Promise<void> => {
    const startedAt = performance.now();
    let done = 0;
    while (!stopped) {
      const statements = Array.from({ length: 1 + random(8) }, statement);
      const end = random(10) === 0 ? 'ROLLBACK' : 'COMMIT';
      const rows = await target.transaction(
        statements.map(({ sql }) => sql),
        end,
      );
      done += statements.length;
      if (end === 'COMMIT') {
        for (const [index, { op }] of statements.entries()) counts[op] += rows[index] ?? 0;
      }
      const ahead = (done / perSecond) * 1000 - (performance.now() - startedAt);
      if (ahead > 0) await pause(ahead);
    }
  };
  const running = run();
  running.catch(() => undefined);
  return {
    counts,
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}
