import { once } from 'node:events';
import { join } from 'node:path';
import { spawnOwned } from '../rig/owned.js';
import { projectRoot } from '../rig/project.js';

export interface PipedResult {
  readonly code: number | null;
  readonly stderr: string;
  /** The part of its output that was read. */
  readonly first: string;
}

/** Runs the program with a reader of its output that leaves after the first part, as `| head -1` does. */
export async function startPiped(args: readonly string[], cwd: string): Promise<PipedResult> {
  const child = spawnOwned(process.execPath, [join(projectRoot, 'bin/rmq-connect.js'), ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  let first = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout?.once('data', (chunk: Buffer) => {
    first = chunk.toString();
    child.stdout?.destroy();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr, first };
}
