import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMeasured, type MeasuredProcess } from '../measured-process.js';

/** The files of `bench/programs/`. Each takes one argument, an object as JSON. */
export type Program =
  | 'bare-send'
  | 'bare-pull'
  | 'bare-copy'
  | 'bare-latency'
  | 'steady-send'
  | 'table-read'
  | 'grpc-send'
  | 'grpc-receive'
  | 'official-send'
  | 'official-receive';

/** Starts one of our own little programs. */
export function startProgram(
  name: Program,
  argument: object,
  onOutput?: (text: string) => void,
): MeasuredProcess {
  const file = join(import.meta.dirname, '../programs', `${name}.js`);
  return startMeasured(process.execPath, [file, JSON.stringify(argument)], {
    cwd: tmpdir(),
    ...(onOutput === undefined ? {} : { onOutput }),
  });
}

/** Runs it to its end; rejects when it fails. */
export async function runProgram(name: Program, argument: object): Promise<void> {
  await startProgram(name, argument).ended;
}
