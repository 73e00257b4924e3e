import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Kind } from './places/places.js';

export interface BenchOptions {
  /** None: all. */
  readonly scenarios: readonly string[];
  readonly list: boolean;
  readonly help: boolean;
  readonly json: string | null;
  readonly rounds: number;
  readonly quick: boolean;
  readonly on: Kind;
  readonly against: readonly string[] | null;
  /** Absolute. */
  readonly profiles: string | null;
}

export const usage = `npm run bench -- [scenario…] [options]

  --list              say what scenarios there are
  --json FILE         write all figures of all runs there, too
  --rounds N          how often each side runs (default 5; with --quick 2)
  --quick             few records and no warm-up: shows that it works, not how fast
  --on real|embedded  which RocketMQ (default real: fetched from Maven Central, needs java and mvn)
  --profiles FOLDER   have each worker leave a CPU profile there, which makes it slower
  --against NAME,…    only these references; none: --against ''`;

/** Throws, with what is wrong, for arguments it does not know. */
export function benchOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      json: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      on: { type: 'string', default: 'real' },
      against: { type: 'string' },
      profiles: { type: 'string' },
    },
  });
  const { list, help, quick, on, against, profiles, json = null } = values;
  if (on !== 'real' && on !== 'embedded') throw new Error(`--on takes real or embedded, not ${on}`);
  const rounds = Number(values.rounds ?? (quick ? 2 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number from 1 on');
  return {
    scenarios: positionals,
    list,
    help,
    json,
    rounds,
    quick,
    on,
    profiles: profiles === undefined ? null : resolve(profiles),
    against: against === undefined ? null : against.split(',').filter((name) => name !== ''),
  };
}
