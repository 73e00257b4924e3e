import { Command } from 'commander';
import { resolve } from 'node:path';
import { defaultDataDir } from './data-dir-option.js';
import type { Output } from './output.js';

/** Options that every command has. */
export interface LeafOptions {
  readonly json?: true;
  readonly dataDir?: string;
}

/**
 * A command that does something, as opposed to a group of commands. The first line of the description says it in lists
 * of commands, too.
 */
export function leaf(name: string, description: string, examples: readonly string[]): Command {
  return new Command(name)
    .summary(description.split('\n')[0] ?? '')
    .description(description.replace('\n', '.\n'))
    .option('--json', 'print JSON: {"ok":true,"result":…} or {"ok":false,"error":…}')
    .option(
      '--data-dir <folder>',
      'where connectors, positions and the embedded broker are kept\n(default: $RMQ_CONNECT_DATA_DIR, else ./.rmq-connect)',
    )
    .addHelpText(
      'after',
      `\nExample${examples.length === 1 ? '' : 's'}:\n${examples.map((example) => `  $ rmq-connect ${example}`).join('\n')}`,
    );
}

/** Commands under one word. */
export function group(name: string, description: string, leaves: readonly Command[]): Command {
  const command = new Command(name)
    .description(description)
    .helpCommand(false)
    .addHelpText('after', `\nrmq-connect ${name} COMMAND --help has examples`);
  for (const child of leaves) command.addCommand(child);
  return command;
}

/** One use of a command. */
export interface Call<Options> {
  readonly options: Options & LeafOptions;
  readonly out: Output;
  /** Absolute; need not exist. */
  readonly dataDir: string;
}

const outputs = new WeakMap<Command, Output>();

/** Gives the whole tree the output its actions write to. */
export function useOutput(command: Command, out: Output): void {
  outputs.set(command, out);
  for (const child of command.commands) useOutput(child, out);
}

/** Sets what the command does. `args` are the command's arguments, in the types their declaration gives them. */
export function perform<Options extends object>(
  command: Command,
  action: (call: Call<Options>, ...args: never[]) => Promise<void>,
): Command {
  return command.action(async () => {
    const out = outputs.get(command);
    if (out === undefined) throw new Error(`no output was given to ${command.name()}`);
    const options = command.opts<Options & LeafOptions>();
    const dataDir = options.dataDir === undefined ? defaultDataDir() : resolve(options.dataDir);
    await action({ options, out, dataDir }, ...(command.processedArgs as never[]));
  });
}
