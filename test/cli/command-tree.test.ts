/** The whole command tree, as users see it in the help. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Command } from 'commander';
import { Output } from '../../src/cli/output.js';
import { buildProgram } from '../../src/cli/program.js';
import { projectRoot } from '../rig/project.js';

const golden = join(projectRoot, 'test/cli/command-tree.txt');

interface Leaf {
  readonly path: readonly string[];
  readonly command: Command;
  readonly help: string;
}

function leavesOf(command: Command, path: readonly string[]): readonly Leaf[] {
  if (command.commands.length > 0) {
    return command.commands.flatMap((child) => leavesOf(child, [...path, child.name()]));
  }
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 100 });
  command.outputHelp();
  return [{ path, command, help }];
}

const examplesOf = (help: string): readonly string[] =>
  [...help.matchAll(/^ {2}\$ rmq-connect (.*)$/gm)].map(([, example]) => example ?? '');

describe('the command tree', () => {
  let out: Output;
  let leaves: readonly Leaf[];
  before(async () => {
    out = await Output.open(false);
    leaves = leavesOf(await buildProgram([], out), []);
  });
  after(() => {
    out.close();
  });

  test('is the one written down (UPDATE_GOLDEN=1 writes it anew)', async () => {
    const text = leaves.map(({ path, help }) => `## ${path.join(' ')}\n\n${help}`).join('\n');
    if (process.env.UPDATE_GOLDEN === '1') await writeFile(golden, text);
    assert.equal(text, await readFile(golden, 'utf8'));
  });

  test('every command has a description, an example, --json and --data-dir', () => {
    assert.ok(leaves.length >= 15);
    for (const { path, command, help } of leaves) {
      const name = path.join(' ');
      assert.notEqual(command.description(), '', name);
      assert.ok(examplesOf(help).length > 0, `${name} has an example`);
      const options = command.options.map(({ long }) => long);
      assert.ok(options.includes('--json') && options.includes('--data-dir'), name);
      for (const option of command.options)
        assert.notEqual(option.description, '', `${name} ${option.flags}`);
      for (const argument of command.registeredArguments) {
        assert.notEqual(argument.description, '', `${name} ${argument.name()}`);
      }
    }
  });

  test('every example is of its command, and its options exist', () => {
    for (const { path, command, help } of leaves) {
      for (const example of examplesOf(help)) {
        const words = (example.split(/ [<>|] /)[0] ?? '').match(/'[^']*'|\S+/g) ?? [];
        assert.deepEqual(words.slice(0, path.length), path, example);
        const { unknown } = command.parseOptions(words.slice(path.length));
        assert.deepEqual(unknown, [], example);
      }
    }
  });

  test('the first page of the help, which loads none of them, is that of the commands', async () => {
    const [whole, brief] = await Promise.all([buildProgram([], out), buildProgram(['--help'], out)]);
    assert.equal(brief.helpInformation(), whole.helpInformation());
  });

  test('a branch that is named is loaded alone, with the same commands', async () => {
    for (const word of new Set(leaves.map(({ path }) => path[0] ?? ''))) {
      const program = await buildProgram([word], out);
      assert.deepEqual(
        program.commands.map((command) => command.name()),
        [word],
      );
    }
  });
});
