import { InvalidArgumentError, type Command } from 'commander';
import { parseStart } from '../../job/start-time.js';
import { CommandError } from '../exit-code.js';
import { parseDuration } from '../option-values.js';
import { parseIsoDuration } from './iso-duration.js';

/** Where offsets are to go. */
export type Target =
  | 'earliest'
  | 'latest'
  /** To the first message stored at or after this time, in milliseconds since 1970. */
  | { readonly time: number }
  | { readonly offset: number }
  /** So many messages on, or back where it is below 0. */
  | { readonly shift: number };

export interface TargetOptions {
  readonly to?: Target;
  readonly shift?: number;
  /** In milliseconds. */
  readonly by?: number;
}

export function withTargetOptions(command: Command): Command {
  return command
    .option(
      '--to <place>',
      'earliest, latest, an offset, or a time: 2026-01-31T08:00:00Z, or milliseconds since 1970',
      toOption,
    )
    .option('--shift <messages>', 'so many messages on, or back: --shift -100', shiftOption)
    .option(
      '--by <duration>',
      'back to what was stored this long ago: 30m, 1h, 1d, or PT1H (ISO 8601)',
      byOption,
    );
}

/** The one that is given; null where none is. */
export function targetOf({ to, shift, by }: TargetOptions, now: number): Target | null {
  const given = [
    to ?? null,
    shift === undefined ? null : { shift },
    by === undefined ? null : { time: now - by },
  ].filter((target) => target !== null);
  if (given.length > 1) throw new CommandError('usage', 'usage', 'give only one of --to, --shift and --by');
  return given[0] ?? null;
}

/** Numbers from here on are times: no queue has as many messages as milliseconds have passed since 1973. */
const leastTime = 100_000_000_000;

function toOption(text: string): Target {
  if (/^\d+$/.test(text) && Number(text) < leastTime) return { offset: Number(text) };
  const start = parseStart(text);
  if (typeof start === 'number') return { time: start };
  if (typeof start === 'string') return start;
  throw new InvalidArgumentError(
    'It must be earliest, latest, an offset, or a time like 2026-01-31T08:00:00Z.',
  );
}

function shiftOption(text: string): number {
  const messages = Number(text);
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(messages)) {
    throw new InvalidArgumentError('It must be a number of messages: 100, +100 or -100.');
  }
  return messages;
}

function byOption(text: string): number {
  const ms = parseIsoDuration(text) ?? parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('It must be a duration: 30m, 1h, 1d, or PT1H.');
  return ms;
}
