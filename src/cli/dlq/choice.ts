import { Option, type Command } from 'commander';
import { failureStages, type DeadLetter } from '../../worker/dead-letter.js';
import { CommandError } from '../exit-code.js';
import { gather, timeOption } from '../option-values.js';
import { Marks, type LetterState } from './marks.js';
import { readShelf, type Shelf } from './shelf.js';

/** Which dead letters are meant. */
export interface ChoiceOptions {
  readonly stage?: string;
  readonly error?: string;
  readonly before?: number;
  readonly id?: readonly string[];
}

export function withChoiceOptions(command: Command): Command {
  return command
    .argument('[connector]', 'only those of this one')
    .addOption(new Option('--stage <stage>', 'only what failed there').choices(failureStages))
    .option('--error <code>', 'only with this error code or class')
    .option('--before <time>', 'only what failed before, such as 2026-01-31T12:00:00Z', timeOption)
    .option('--id <id>', 'only this one; may be repeated', gather);
}

/** A dead letter, and what has been done with it. */
export interface ChosenLetter {
  readonly letter: DeadLetter;
  readonly state: LetterState;
}

/** Each letter once, also where it is stored twice; without those that are purged; the oldest first. */
export async function chooseLetters(
  shelf: Shelf,
  marks: Marks,
  options: ChoiceOptions,
): Promise<readonly ChosenLetter[]> {
  const chosen = new Map<string, ChosenLetter>();
  for (const { letters } of await readShelf(shelf, marks)) {
    for (const letter of letters) {
      const state = marks.stateOf(letter);
      if (state === 'purged' || chosen.has(letter.id) || !isMeant(letter, options)) continue;
      chosen.set(letter.id, { letter, state });
    }
  }
  return [...chosen.values()].sort((a, b) => a.letter.stored.storedAt - b.letter.stored.storedAt);
}

/** Throws `CommandError` where one that is named is on none of the shelves. */
export async function refuseUnknownLetters(
  shelves: readonly Shelf[],
  { id: named = [] }: ChoiceOptions,
): Promise<void> {
  if (named.length === 0) return;
  const unknown = new Set(named);
  for (const shelf of shelves) {
    const found = await chooseLetters(shelf, await Marks.read(shelf.store), { id: named });
    for (const { letter } of found) unknown.delete(letter.id);
  }
  if (unknown.size === 0) return;
  const message = `there is no dead letter ${[...unknown].join(', ')}`;
  throw new CommandError('usage', 'unknown_letter', message, {
    hint: 'dlq show has the ids of those there are; one that was purged, or has expired, is gone',
  });
}

function isMeant(letter: DeadLetter, { stage, error, before, id }: ChoiceOptions): boolean {
  if (stage !== undefined && letter.stage !== stage) return false;
  if (error !== undefined && letter.code !== error && letter.errorClass !== error) return false;
  if (before !== undefined && Date.parse(letter.at) >= before) return false;
  return id === undefined || id.includes(letter.id);
}
