import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { spawnOwned } from './owned.js';

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

export interface Ended extends Output {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Resolves with all output when the process has ended; rejects when it could not be started. */
export function outputOf(child: ChildProcess): Promise<Ended> {
  const chunks: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
  child.stdout?.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const text = (parts: Buffer[]): string => Buffer.concat(parts).toString('utf8');
      resolve({ code, signal, stdout: text(chunks.stdout), stderr: text(chunks.stderr) });
    });
  });
}

/** Runs a program to its end; any exit code but 0 is an error that shows what it said. */
export async function run(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Output> {
  const child = spawnOwned(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const ended = await outputOf(child).catch((error: unknown) => {
    throw new Error(`${command} cannot be run; is it installed and on the PATH?`, { cause: error });
  });
  if (ended.code !== 0) {
    const how = ended.code === null ? `signal ${String(ended.signal)}` : `exit code ${String(ended.code)}`;
    throw new Error(`${command} ended with ${how}\n${ended.stdout}${ended.stderr}`);
  }
  return ended;
}
