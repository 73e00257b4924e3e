import type { Command } from 'commander';
import { exitCodes, tell, type Told } from './exit-code.js';
import { useOutput } from './leaf.js';
import { Output } from './output.js';
import { buildProgram } from './program.js';

/**
 * Runs one command line and sets `process.exitCode`. The process ends by itself when nothing is left to
 * do: whatever keeps it alive after this resolved was not closed.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const out = await Output.open(asksForJson(argv));
  try {
    const program = await buildProgram(argv, out);
    useOutput(program, out);
    try {
      await program.parseAsync(argv, { from: 'user' });
    } catch (error) {
      report(out, withUsageHint(tell(error), program, argv));
    }
  } catch (error) {
    report(out, tell(error));
  } finally {
    out.close();
  }
}

function report(out: Output, told: Told): void {
  if (told.exitCode === exitCodes.ok) return;
  process.exitCode = told.exitCode;
  out.failure(told);
}

/** Before the options are parsed, as they may be what is wrong. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}

function withUsageHint(told: Told, program: Command, argv: readonly string[]): Told {
  if (told.code !== 'usage' || told.hint !== undefined) return told;
  let command: Command | undefined = program;
  const path = ['rmq-connect'];
  for (const word of argv) {
    command = command.commands.find((child) => child.name() === word);
    if (command === undefined) break;
    path.push(word);
  }
  return { ...told, hint: `${path.join(' ')} --help shows how` };
}
