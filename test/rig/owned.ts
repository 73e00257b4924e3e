/**
 * Processes and folders that end with this process, however it ends. One shell watches our end of a
 * pipe: when it closes (exit, crash, kill -9) the shell kills what is left and deletes the folders.
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';

/** Lines it reads: `+ PID`, `- PID`, `d FOLDER`. It outlives a Ctrl-C that goes to the whole process group. */
const watchScript = `
trap '' INT TERM HUP
pids=' '
folders=
while read -r op what; do
  case $op in
    +) pids="$pids$what " ;;
    -) pids="\${pids%% $what *} \${pids#* $what }" ;;
    d) folders="$folders $what" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
for folder in $folders; do rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }; done
`;

let watcher: Writable | undefined;

function tellWatcher(line: string): void {
  watcher ??= startWatcher();
  watcher.write(`${line}\n`);
}

function startWatcher(): Writable {
  const shell = spawn('sh', ['-c', watchScript], { stdio: ['pipe', 'ignore', 'ignore'] });
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return shell.stdin;
}

/** Like `spawn`, but the process never outlives this one. */
export function spawnOwned(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, options);
  const { pid } = child;
  if (pid === undefined) return child;
  tellWatcher(`+ ${String(pid)}`);
  child.once('exit', () => {
    tellWatcher(`- ${String(pid)}`);
  });
  return child;
}

/** Sends the signal if the process still runs, and resolves when it has exited. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** A new folder under the system's temporary one, deleted at the latest when this process ends. */
export async function ownedFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `rmq-connect-${name}-`));
  tellWatcher(`d ${folder}`);
  return folder;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
