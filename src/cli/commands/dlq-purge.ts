import type { Command } from 'commander';
import { chooseLetters, withChoiceOptions, type ChoiceOptions } from '../dlq/choice.js';
import { Marks } from '../dlq/marks.js';
import { onShelves, readShelf, type Shelf } from '../dlq/shelf.js';
import { leaf, perform } from '../leaf.js';
import { plural } from '../number-text.js';
import type { Output } from '../output.js';

interface PurgeOptions extends ChoiceOptions {
  readonly all?: true;
  readonly yes?: true;
}

export function dlqPurge(): Command {
  const command = withChoiceOptions(
    leaf(
      'purge',
      'Be done with dead letters that were replayed; without --yes, say how many there are\n' +
        'RocketMQ deletes no single message: the data directory remembers that they are gone, and the broker ' +
        'keeps them until they expire.',
      ['dlq purge archive', 'dlq purge --all --before 2026-01-31T12:00:00Z --yes'],
    ),
  )
    .option('--all', 'also those that were not replayed')
    .option('--yes', 'do it');
  return perform<PurgeOptions>(command, async ({ options, out, dataDir }, connector: string | undefined) => {
    const result = await onShelves(dataDir, connector, (shelves) => purge(shelves, options));
    if (out.json) out.result(result);
    else printPurged(result, out);
  });
}

export interface Purged {
  readonly done: boolean;
  readonly connectors: readonly { readonly connector: string; readonly purged: number }[];
}

export async function purge(shelves: readonly Shelf[], options: PurgeOptions): Promise<Purged> {
  const done = options.yes === true;
  const connectors: { connector: string; purged: number }[] = [];
  for (const shelf of shelves) {
    const purged = await Marks.using(shelf.store, done, (marks) => purgeShelf(shelf, marks, options));
    connectors.push({ connector: shelf.connector, purged });
  }
  return { done, connectors };
}

async function purgeShelf(shelf: Shelf, marks: Marks, options: PurgeOptions): Promise<number> {
  const chosen = await chooseLetters(shelf, marks, options);
  const going = chosen.filter(({ state }) => state === 'replayed' || options.all === true);
  if (options.yes !== true) return going.length;
  for (const { letter } of going) marks.purged(letter.id);
  for (const { stats, letters } of await readShelf(shelf, marks)) marks.raise(stats, letters, stats.max);
  return going.length;
}

function printPurged({ connectors, done }: Purged, out: Output): void {
  const some = connectors.filter(({ purged }) => purged > 0);
  for (const { connector, purged } of some) {
    out.data(`${connector}: ${plural(purged, 'dead letter')} ${done ? 'purged' : 'would be purged'}`);
  }
  if (some.length === 0) out.talk('no dead letters to purge');
  else if (!done) out.talk('nothing was changed; --yes purges them');
}
