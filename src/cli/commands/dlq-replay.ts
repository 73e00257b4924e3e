import type { Command } from 'commander';
import { chooseLetters, refuseUnknownLetters, withChoiceOptions, type ChoiceOptions } from '../dlq/choice.js';
import { Marks } from '../dlq/marks.js';
import { replayLetters, topicFor, type Replayed } from '../dlq/replay.js';
import { onShelves, type Shelf } from '../dlq/shelf.js';
import { CommandError } from '../exit-code.js';
import { leaf, perform } from '../leaf.js';
import { plural } from '../number-text.js';
import type { Output } from '../output.js';

interface ReplayOptions extends ChoiceOptions {
  readonly toConnector?: true;
  readonly again?: true;
  readonly yes?: true;
}

export function dlqReplay(): Command {
  const command = withChoiceOptions(
    leaf(
      'replay',
      'Send the records of dead letters back; without --yes, say what would be sent\n' +
        "A sink's record goes to its topic, and to all who read it; --to-connector lets only its sink have it.\n" +
        "A source's record goes through its transforms and format, as they are now, to its topic.",
      [
        'dlq replay archive',
        'dlq replay archive --to-connector --yes',
        'dlq replay --stage write --error bad_data --yes',
      ],
    ),
  )
    .option(
      '--to-connector',
      'other sinks of rmq-connect leave the records alone;\nconsumers that are not of rmq-connect see them too',
    )
    .option('--again', 'also those that were replayed before')
    .option('--yes', 'do it');
  return perform<ReplayOptions>(command, async ({ options, out, dataDir }, connector: string | undefined) => {
    const result = await onShelves(dataDir, connector, (shelves) => replay(shelves, options));
    tellReplay(result, out);
  });
}

export interface Replay {
  readonly done: boolean;
  readonly connectors: readonly Replayed[];
}

/** Throws `CommandError` for a letter that is named and not there: nothing was sent then. */
export async function replay(shelves: readonly Shelf[], options: ReplayOptions): Promise<Replay> {
  await refuseUnknownLetters(shelves, options);
  const done = options.yes === true;
  const connectors: Replayed[] = [];
  for (const shelf of shelves) {
    connectors.push(await Marks.using(shelf.store, done, (marks) => replayShelf(shelf, marks, options)));
  }
  return { done, connectors };
}

async function replayShelf(shelf: Shelf, marks: Marks, options: ReplayOptions): Promise<Replayed> {
  const chosen = await chooseLetters(shelf, marks, options);
  const letters = chosen
    .filter(({ state }) => state === 'waiting' || options.again === true)
    .map(({ letter }) => letter);
  if (options.yes === true) return replayLetters(shelf, letters, marks, options.toConnector === true);
  const topics = [...new Set(letters.map((letter) => topicFor(letter, shelf)))].sort();
  return { connector: shelf.connector, topics, replayed: letters.length, dropped: 0, refused: [] };
}

function tellReplay(result: Replay, out: Output): void {
  const refused = result.connectors.flatMap((one) => one.refused);
  if (!out.json) {
    const some = result.connectors.filter((one) => one.replayed + one.dropped + one.refused.length > 0);
    for (const one of some) out.data(sentence(one, result.done));
    if (some.length === 0) out.talk('no dead letters to replay');
    else if (!result.done) out.talk('nothing was sent; --yes sends them');
    for (const { id, reason } of refused) out.talk(`${id} cannot be sent: ${reason}`);
  } else if (refused.length === 0) out.result(result);
  if (refused.length === 0) return;
  throw new CommandError('failed', 'bad_data', `${plural(refused.length, 'dead letter')} cannot be sent`, {
    hint: 'mend what is wrong with them, or purge them',
    details: { result },
  });
}

function sentence({ connector, replayed, dropped, topics }: Replayed, done: boolean): string {
  const where = topics.length === 0 ? '' : ` to ${topics.join(', ')}`;
  const gone = dropped === 0 ? '' : `; transforms dropped ${plural(dropped, 'record')}`;
  return `${connector}: ${plural(replayed, 'record')}${done ? ' sent' : ' would be sent'}${where}${gone}`;
}
