import assert from 'node:assert/strict';
import { cliJson, runCli, type CliResult } from '../../rig/cli.js';
import type { SampleJob } from '../sample-job.js';

/** The result of `offsets set`, `reset` and `import`. */
export interface Moved {
  readonly applied: boolean;
  readonly backup: string | null;
  readonly obstacles: readonly string[];
  readonly connectors: readonly {
    readonly connector: string;
    readonly kind: string;
    readonly changes: readonly Record<string, unknown>[];
  }[];
  readonly left_out: readonly {
    readonly connector: string;
    readonly what: string;
    readonly reason: string;
  }[];
}

/** Runs commands on the job's data directory. */
export function cliOf({ dataDir, folder }: Pick<SampleJob, 'dataDir' | 'folder'>): {
  text(...args: readonly string[]): Promise<CliResult>;
  json<T>(...args: readonly string[]): Promise<T>;
} {
  const at = ['--data-dir', dataDir];
  return {
    text: (...args) => runCli([...args, ...at], { cwd: folder }),
    json: (...args) => cliJson([...args, ...at], { cwd: folder }),
  };
}

/** The error of a command that was run with `--json`, and ended so. */
export function failureOf(
  result: CliResult,
  code: number,
): { readonly code: string; readonly message: string } {
  assert.equal(result.code, code, result.stderr + result.stdout);
  const { error } = JSON.parse(result.stdout) as { error: { code: string; message: string } };
  return error;
}
