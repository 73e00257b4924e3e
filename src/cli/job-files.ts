import type { Command } from 'commander';
import { plugins } from '../../connectors/index.js';
import type { Loaded, Problem } from '../job/definition.js';
import { loadJobs, renderProblem } from '../job/load.js';
import { environmentWith } from './environment.js';
import { CommandError } from './exit-code.js';
import type { Output } from './output.js';

/** How the commands that read job files are told more than the files say. */
export interface JobFileOptions {
  readonly set?: readonly string[];
  readonly envFile?: readonly string[];
}

export function withJobFileOptions(command: Command): Command {
  return command
    .argument('<files...>', 'job files, or folders of them')
    .option('--set <path=value>', 'set a value of the job, over what the file says; may be repeated', gather)
    .option(
      '--env-file <file>',
      'variables for ${NAME} in the job, as NAME=value lines; may be repeated',
      gather,
    );
}

function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Reads and checks job files. What is wrong with them is in `problems`. */
export async function readJobFiles(
  files: readonly string[],
  { set = [], envFile = [] }: JobFileOptions = {},
): Promise<Loaded> {
  return loadJobs(files, { plugins, set, env: await environmentWith(envFile) });
}

/** Warnings, as they are told beside what is done all the same. */
export function tellWarnings(problems: readonly Problem[], out: Output): void {
  for (const problem of problems) {
    if (problem.severity === 'warning') out.talk(out.talkStyle.yellow(renderProblem(problem)));
  }
}

/** The error of a command that was given definitions that cannot run; null where they can. */
export function problemsError(problems: readonly Problem[], after = ''): CommandError | null {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return null;
  const count = errors.length === 1 ? '1 problem' : `${String(errors.length)} problems`;
  return new CommandError('usage', 'definition', `${count} found${after}`, {
    details: { problems: problems.map(problemJson) },
    lines: problems.map((problem) => renderProblem(problem)),
  });
}

export function problemJson(problem: Problem): object {
  const { severity, file, line, column, path, message, hint } = problem;
  return { severity, file, line, column, path, message, hint: hint ?? null };
}
