/** Commands that stand in a document, run as they stand there: only with the ports and folders of a test. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { atEnd } from '../temp-folder.js';
import { runCli, startCli, type CliOptions, type CliResult, type RunningCli } from './cli.js';

/** The text below a heading of the second level, up to the next one. */
export function sectionOf(text: string, heading: string): string {
  const [, section] = text.split(`\n## ${heading}\n`);
  assert.ok(section !== undefined, `there is no section ${heading}`);
  return section.split('\n## ')[0] ?? '';
}

/** The blocks of one language in a text. */
export function blocksOf(text: string, language: string): readonly string[] {
  return [...text.matchAll(/```(\w*)\n([^`]+)```/g)]
    .filter(([, name]) => name === language)
    .map(([, , block = '']) => block);
}

/** The lines of the shell blocks in a text, without comments. */
export function commandsOf(text: string): readonly string[] {
  return blocksOf(text, 'sh').flatMap((block) =>
    block.split('\n').flatMap((line) => {
      const command = line.replace(/(^|\s+)#\s.*$/, '').trim();
      return command === '' ? [] : [command];
    }),
  );
}

/**
 * Runs lines of a shell without one: `A && B`, `A &` (waits until the program says that it is there), `| jq PATH`
 * (a path alone), `curl`, and `npx` before a command.
 */
export class DocWalk {
  readonly #t: TestContext;
  readonly #options: CliOptions;
  readonly #adapt: (text: string) => string;

  constructor(t: TestContext, options: CliOptions, adapt: (text: string) => string) {
    this.#t = t;
    this.#options = options;
    this.#adapt = adapt;
  }

  /** What each part of the line printed; fails when one ends with anything but 0. */
  async run(line: string): Promise<string> {
    let printed = '';
    for (const part of line.split(' && ')) printed += await this.#part(part);
    return printed;
  }

  /** A line that ends with ` &`. It is killed when the test ends, unless it ended before. */
  async start(line: string): Promise<RunningCli> {
    assert.ok(line.endsWith(' &'), line);
    const words = wordsOf(this.#adapt(line.slice(0, -2)));
    const running = startCli(words, this.#options);
    atEnd(this.#t, () => running.kill());
    const isBroker = words[0] === 'broker';
    await running.printed(isBroker ? /listens on/ : words.includes('--api') ? /http:\/\// : /started with/);
    return running;
  }

  /** Of a line that is one command, however it ends. */
  result(line: string): Promise<CliResult> {
    return runCli(wordsOf(this.#adapt(line)), this.#options);
  }

  async #part(part: string): Promise<string> {
    if (part.startsWith('curl ')) return fetched(this.#adapt(part));
    const [command = '', filter] = part.split(' | jq ');
    const { code, stdout, stderr } = await this.result(command);
    assert.equal(code, 0, `${part}\n${stdout}${stderr}`);
    return filter === undefined ? stdout : picked(stdout, filter);
  }
}

function wordsOf(command: string): readonly string[] {
  const [program, ...words] = command.replace(/^npx /, '').split(' ');
  assert.equal(program, 'rmq-connect', command);
  return words;
}

async function fetched(command: string): Promise<string> {
  const response = await fetch(command.replace(/^curl (-s )?/, ''));
  const text = await response.text();
  assert.equal(response.status, 200, `${command}\n${text}`);
  return text;
}

/** `'.result.list[0].name'` of a JSON text, as jq would print it. */
function picked(json: string, path: string): string {
  const names = path.replaceAll("'", '').matchAll(/\.(\w+)|\[(\d+)\]/g);
  let value: unknown = JSON.parse(json);
  for (const [, name, index] of names) value = (value as Record<string, unknown>)[name ?? index ?? ''];
  assert.ok(value !== undefined, `nothing is at ${path} in ${json}`);
  return JSON.stringify(value);
}
