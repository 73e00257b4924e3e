import { Option, type Command } from 'commander';
import { plugins } from '../../connectors/index.js';
import type { Loaded, Problem } from '../job/definition.js';
import { loadJobs } from '../job/load.js';
import { renderProblem } from '../job/problem.js';
import { environmentWith } from './environment.js';
import { CommandError } from './exit-code.js';
import type { Output } from './output.js';
import { gather } from './option-values.js';

/** How the commands that read job files are told more than the files say. */
export interface JobFileOptions {
  readonly set?: readonly string[];
  readonly env?: readonly string[];
  /** The same: its name until Node 20 was found to take it for its own wherever it stands. */
  readonly envFile?: readonly string[];
}

/** All files of variables that were named. */
export const variableFiles = ({ env = [], envFile = [] }: JobFileOptions): readonly string[] => [
  ...envFile,
  ...env,
];

/** `files`: how the argument is declared. */
export function withJobFileOptions(command: Command, files = '<files...>'): Command {
  return command
    .argument(files, 'job files, or folders of them')
    .option('--set <path=value>', 'set a value of the job, over what the file says; may be repeated', gather)
    .option('--env <file>', 'variables for ${NAME} in the job, as NAME=value lines; may be repeated', gather)
    .addOption(new Option('--env-file <file>', 'the same as --env').argParser(gather).hideHelp());
}

/** Reads and checks job files. What is wrong with them is in `problems`. */
export async function readJobFiles(files: readonly string[], options: JobFileOptions = {}): Promise<Loaded> {
  const env = await environmentWith(variableFiles(options));
  return loadJobs(files, { plugins, set: options.set ?? [], env });
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
