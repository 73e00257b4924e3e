/** The program as its users start it: `bin/rmq-connect.js` in a process of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { outputOf, type Ended } from './command.js';
import { endProcess, spawnOwned } from './owned.js';
import { projectRoot } from './project.js';

export interface CliOptions {
  /** Where it is started: relative paths and the default data directory are there. */
  readonly cwd: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** A module that is imported before the program. */
  readonly preload?: string;
  /** Written to its standard input, which then ends. */
  readonly input?: string;
  /** Killed (SIGKILL) when it takes longer; default four and a half minutes. */
  readonly deadlineMs?: number;
  /** Called with every complete line it prints. */
  readonly onLine?: (line: string, from: 'stdout' | 'stderr') => void;
}

export interface CliResult extends Ended {
  /** From the start of the process to its end, milliseconds. */
  readonly ms: number;
}

export interface RunningCli {
  readonly pid: number;
  readonly ended: Promise<CliResult>;
  /** All it has printed so far. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL, unless it has ended. */
  kill(): Promise<void>;
  /** Resolves when it has printed such text on either stream; rejects if it ends before. */
  printed(pattern: RegExp): Promise<string>;
  /** The most resident memory it has had, bytes; 0 where the system does not tell. */
  peakMemory(): number;
}

const bin = join(projectRoot, 'bin/rmq-connect.js');
/** No colours and no live display, whatever terminal the tests run on. */
const plain = { NO_COLOR: '1', FORCE_COLOR: undefined, CI: '1' };

const preload = ({ preload: path }: CliOptions): readonly string[] =>
  path === undefined ? [] : ['--import', pathToFileURL(path).href];

export function startCli(args: readonly string[], options: CliOptions): RunningCli {
  const startedAt = performance.now();
  const child = spawnOwned(process.execPath, [...preload(options), bin, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...plain, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${process.execPath} cannot be started`);
  child.stdin?.end(options.input ?? '');
  let printed = '';
  const lookers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    if (stream === null) continue;
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8');
      for (const look of lookers) look();
    });
    const { onLine } = options;
    if (onLine !== undefined)
      createInterface(stream).on('line', (line) => {
        onLine(line, name);
      });
  }
  const ended = outputOf(child).then((result) => ({ ...result, ms: performance.now() - startedAt }));
  const memory = watchMemory(pid, ended);
  const deadline = setTimeout(() => child.kill('SIGKILL'), options.deadlineMs ?? 270_000);
  child.once('exit', () => {
    clearTimeout(deadline);
  });
  return {
    pid,
    ended,
    output: () => printed,
    peakMemory: memory,
    signal: (signal) => child.kill(signal),
    kill: () => endProcess(child, 'SIGKILL'),
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(printed);
          if (found === null) return;
          lookers.delete(look);
          resolve(found[0]);
        };
        lookers.add(look);
        look();
        void ended.then(({ code }) => {
          reject(new Error(`ended (${String(code)}) without printing ${String(pattern)}:\n${printed}`));
        }, reject);
      }),
  };
}

/** Runs a command to its end, whatever its exit code. */
export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return startCli(args, options).ended;
}

/** Runs a command with `--json` and returns its `result`; rejects when it fails. */
export async function cliJson<Result>(args: readonly string[], options: CliOptions): Promise<Result> {
  const { code, stdout, stderr } = await runCli([...args, '--json'], options);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}\n${stdout}${stderr}`);
  return (JSON.parse(stdout) as { ok: true; result: Result }).result;
}

/** Linux keeps the peak itself: looking now and then misses nothing but the last moments. */
function watchMemory(pid: number, ended: Promise<unknown>): () => number {
  let peak = 0;
  const look = (): void => {
    try {
      const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
      peak = Math.max(peak, 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0));
    } catch {
      // It has just ended, or this is not Linux: what was seen stands.
    }
  };
  const timer = setInterval(look, 100);
  timer.unref();
  const stop = (): void => {
    clearInterval(timer);
  };
  ended.then(stop, stop);
  return () => {
    look();
    return peak;
  };
}
