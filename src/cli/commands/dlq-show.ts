import type { Command } from 'commander';
import { bodyJson, bodyText, printable } from '../body-text.js';
import { chooseLetters, withChoiceOptions, type ChoiceOptions, type ChosenLetter } from '../dlq/choice.js';
import { Marks } from '../dlq/marks.js';
import { onShelves, type Shelf } from '../dlq/shelf.js';
import { leaf, perform } from '../leaf.js';
import { bytesText, plural, timeText } from '../number-text.js';
import { wholeNumberOption } from '../option-values.js';
import type { Output } from '../output.js';
import type { DeadLetter } from '../../worker/dead-letter.js';

interface ShowOptions extends ChoiceOptions {
  readonly limit: number;
}

export function dlqShow(): Command {
  const command = withChoiceOptions(
    leaf('show', 'Show dead letters: the records, where they came from, and why they could not go on', [
      'dlq show archive --limit 3',
      'dlq show --id 0f3b2a1c9d8e7f605142 --json',
    ]),
  ).option('--limit <count>', 'the most letters, the newest', wholeNumberOption, 10);
  return perform<ShowOptions>(command, async ({ options, out, dataDir }, connector: string | undefined) => {
    const letters = await onShelves(dataDir, connector, (shelves) => queryLetters(shelves, options));
    if (out.json) out.result({ letters: letters.map(letterJson) });
    else printLetters(letters, out);
  });
}

export async function queryLetters(
  shelves: readonly Shelf[],
  options: ShowOptions,
): Promise<readonly ChosenLetter[]> {
  const all: ChosenLetter[] = [];
  for (const shelf of shelves) {
    all.push(...(await chooseLetters(shelf, await Marks.read(shelf.store), options)));
  }
  all.sort((a, b) => a.letter.stored.storedAt - b.letter.stored.storedAt);
  return options.limit === 0 ? [] : all.slice(-options.limit);
}

/** A letter for scripts: all that is known. */
export function letterJson({ letter, state }: ChosenLetter): object {
  const { id, connector, task, stage, code, errorClass, message, stack, at, origin, original, cut } = letter;
  const { topic, broker, queue, offset, storedAt } = letter.stored;
  return {
    id,
    state,
    connector,
    task,
    stage,
    error: { code, class: errorClass, message, stack },
    at,
    origin,
    record: {
      key: original.key ?? null,
      tag: original.tag ?? null,
      properties: original.properties ?? {},
      ...bodyJson(original.body),
      cut,
    },
    letter: { topic, broker, queue, offset, stored_at: new Date(storedAt).toISOString() },
  };
}

/** A longer body is not shown whole. */
const previewBytes = 400;

function printLetters(letters: readonly ChosenLetter[], out: Output): void {
  const { bold, dim, red } = out.style;
  for (const { letter, state } of letters) {
    const { id, connector, stage, code, errorClass, message, at, original, cut } = letter;
    const done = state === 'waiting' ? '' : ` ${state}`;
    out.data(`${bold(id)}  ${connector}  ${timeText(at)}${done}`);
    out.data(`  from   ${printable(originText(letter))}`);
    out.data(`  ${stage.padEnd(9)}${red(`${code}: ${printable(message)}`)} ${dim(errorClass)}`);
    const { key, tag, properties = {} } = original;
    const marks = Object.entries({ key, tag, ...properties }).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${printable(value)}`],
    );
    if (marks.length > 0) out.data(`  with   ${marks.join(' ')}`);
    const { body } = original;
    const more = body.length > previewBytes ? ` … (${bytesText(body.length)})` : '';
    const missing = cut.length === 0 ? '' : ` (not whole: ${cut.join(', ')})`;
    out.data(`  body   ${bodyText(body.subarray(0, previewBytes))}${more}${missing}`);
  }
  out.talk(
    out.talkStyle.dim(letters.length === 0 ? 'no dead letters' : plural(letters.length, 'dead letter')),
  );
}

function originText({ origin, task }: DeadLetter): string {
  const { kind, topic, broker, queue, offset, partition, position } = origin;
  return kind === 'sink'
    ? `${topic}/${broker ?? '?'}/${String(queue)}, offset ${String(offset)} (task ${String(task)})`
    : `${partition ?? '?'}, before position ${position ?? '?'}, to topic ${topic} (task ${String(task)})`;
}
