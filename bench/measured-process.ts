import { spawnOwned, endProcess } from '../test/rig/owned.js';

/** A program whose speed is measured, in a process of its own. */
export interface MeasuredProcess {
  readonly pid: number;
  /** When it was started, by the clock of `performance.now`. */
  readonly startedAt: number;
  /** Resolves when it has ended well; rejects with what it said when not. */
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  /** SIGTERM; resolves when it has ended, however. */
  stop(): Promise<void>;
  /** SIGKILL, unless it has ended. */
  kill(): Promise<void>;
}

export interface ProcessOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Gets what it prints on stdout; without it, nobody reads that. */
  readonly onOutput?: (text: string) => void;
}

const keptCharacters = 4_000;

export function startMeasured(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): MeasuredProcess {
  const startedAt = performance.now();
  const child = spawnOwned(command, args, {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', options.onOutput === undefined ? 'ignore' : 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} cannot be started`);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-keptCharacters);
  });
  const { onOutput } = options;
  if (onOutput !== undefined) child.stdout?.setEncoding('utf8').on('data', onOutput);
  let ended = false;
  const whenEnded = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      ended = true;
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${String(code ?? signal)}:\n${said}`));
    });
  });
  // Whoever watches it finds out; nobody has to.
  whenEnded.catch(() => undefined);
  return {
    pid,
    startedAt,
    ended: whenEnded,
    hasEnded: () => ended,
    stop: () => endProcess(child, 'SIGTERM'),
    kill: () => endProcess(child, 'SIGKILL'),
  };
}
