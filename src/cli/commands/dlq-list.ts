import type { Command } from 'commander';
import { printable } from '../body-text.js';
import { chooseLetters, withChoiceOptions, type ChoiceOptions } from '../dlq/choice.js';
import { Marks, type LetterState } from '../dlq/marks.js';
import { onShelves, type Shelf } from '../dlq/shelf.js';
import { leaf, perform } from '../leaf.js';
import { countText, secondsText, timeText } from '../number-text.js';
import type { Output } from '../output.js';
import { table } from '../table.js';

export function dlqList(): Command {
  const command = withChoiceOptions(
    leaf('list', 'Count the dead letters by connector, stage and error', [
      'dlq list',
      'dlq list archive --stage write --json',
    ]),
  );
  return perform<ChoiceOptions>(command, async ({ options, out, dataDir }, connector: string | undefined) => {
    const result = await onShelves(dataDir, connector, (shelves) => queryGroups(shelves, options));
    if (out.json) out.result(result);
    else printGroups(result, out);
  });
}

export interface LetterGroups {
  readonly groups: readonly {
    readonly connector: string;
    readonly topic: string;
    readonly stage: string;
    /** The error's code. */
    readonly error: string;
    readonly state: LetterState;
    readonly count: number;
    /** When the first and the last of them failed, ISO 8601. */
    readonly oldest: string;
    readonly newest: string;
    /** Of the newest. */
    readonly message: string;
  }[];
}

export async function queryGroups(shelves: readonly Shelf[], options: ChoiceOptions): Promise<LetterGroups> {
  const groups = new Map<string, LetterGroups['groups'][number]>();
  for (const shelf of shelves) {
    for (const { letter, state } of await chooseLetters(shelf, await Marks.read(shelf.store), options)) {
      const { connector, stage, code, at, message, stored } = letter;
      const key = JSON.stringify([connector, stored.topic, stage, code, state]);
      const known = groups.get(key);
      groups.set(key, {
        connector,
        topic: stored.topic,
        stage,
        error: code,
        state,
        count: (known?.count ?? 0) + 1,
        oldest: known?.oldest ?? at,
        newest: at,
        message,
      });
    }
  }
  return { groups: [...groups.values()] };
}

function printGroups({ groups }: LetterGroups, out: Output): void {
  if (groups.length === 0) {
    out.talk('no dead letters');
    return;
  }
  const now = Date.now();
  const rows = groups.map((group) => [
    group.connector,
    group.stage,
    group.error,
    group.state,
    countText(group.count),
    secondsText(Math.max(0, Math.round((now - Date.parse(group.oldest)) / 1000))),
    timeText(group.newest),
    printable(group.message),
  ]);
  out.data(
    table(
      [
        { title: 'connector' },
        { title: 'stage' },
        { title: 'error' },
        { title: 'state' },
        { title: 'letters', align: 'right' },
        { title: 'age', align: 'right' },
        { title: 'newest' },
        { title: 'message' },
      ],
      rows,
      out.style,
    ),
  );
}
