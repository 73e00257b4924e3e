import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputOf, run, type Output } from './command.js';
import { jvmHome } from './jvm-home.js';
import { keptFolder } from './kept-folder.js';
import { ownedFolder, spawnOwned } from './owned.js';
import { projectRoot } from './project.js';
import { rocketmqJars } from './rocketmq/jars.js';

/** Short-lived JVMs on a busy machine: start fast rather than run fast. */
const quickJvm = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xms32m', '-Xmx256m'];
/** Programs that speak RocketMQ's own protocol, and such that speak gRPC: their jars do not go together. */
type Kind = 'java' | 'java-grpc';
let home: Promise<string> | undefined;

/** Where RocketMQ's Java programs may write their logs. */
function javaHome(): Promise<string> {
  home ??= ownedFolder('java');
  return home;
}

/** The class path with the programs of that folder, and their jars. */
async function classPath(kind: Kind): Promise<string> {
  const jars = await rocketmqJars(kind === 'java' ? 'rocketmq' : 'rocketmq-grpc-client');
  return compileJava(join(projectRoot, 'test/rig', kind), jars);
}

/** The class path with the programs of the folder `sources`, compiled the first time, and the jars of a folder. */
export async function compileJava(sources: string, jarsFolder: string): Promise<string> {
  const jars = join(jarsFolder, '*');
  const names = (await readdir(sources)).filter((name) => name.endsWith('.java')).sort();
  const files = names.map((name) => join(sources, name));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const classes = await keptFolder('classes', [jarsFolder, ...texts].join('\n'), async (folder) => {
    await run('javac', ['-nowarn', '-cp', jars, '-d', folder, ...files]);
  });
  return `${classes}:${jars}`;
}

async function javaArgs(path: string, main: string, args: readonly string[]): Promise<string[]> {
  return [...quickJvm, ...jvmHome(await javaHome()), '-cp', path, main, ...args];
}

/** Runs one of test/rig/java/*.java to its end. */
export async function runJava(main: string, args: readonly string[]): Promise<Output> {
  return run('java', await javaArgs(await classPath('java'), main, args));
}

/** Runs one of test/rig/java-grpc/*.java to its end. */
export async function runJavaGrpc(main: string, args: readonly string[]): Promise<Output> {
  return run('java', await javaArgs(await classPath('java-grpc'), main, args));
}

/** Starts one of test/rig/java/*.java; its input is a pipe. */
export async function startJava(main: string, args: readonly string[]): Promise<ChildProcess> {
  return spawnOwned('java', await javaArgs(await classPath('java'), main, args), {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** What one of them printed: JSON lines. */
export function jsonLines<Line>(stdout: string): Line[] {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Line);
}

export interface JavaMessage {
  readonly body: string;
  readonly tags: string;
  readonly keys: string;
  readonly number: string;
  readonly queue: number;
  readonly offset: number;
}

/**
 * Reads `count` messages as a member of `group`, commits, and calls `whileMember` before it leaves. A
 * consumer that does not get them all in time is killed.
 */
export async function readWithJava(
  nameserver: string,
  of: {
    readonly group: string;
    readonly topic: string;
    readonly count: number;
    readonly expression?: string;
  },
  whileMember: () => Promise<void> = () => Promise.resolve(),
): Promise<JavaMessage[]> {
  const args = [nameserver, of.group, of.topic, String(of.count), of.expression ?? '*'];
  const consumer = await startJava('LitePullConsumer', args);
  const ended = outputOf(consumer);
  const deadline = setTimeout(() => consumer.kill('SIGKILL'), 60_000);
  try {
    await Promise.race([committed(consumer), ended]);
    clearTimeout(deadline);
    if (consumer.exitCode === null && consumer.signalCode === null) await whileMember();
  } finally {
    clearTimeout(deadline);
    consumer.stdin?.end();
  }
  const { code, signal, stdout, stderr } = await ended;
  if (code !== 0) throw new Error(`the consumer ended with ${String(code ?? signal)}:\n${stdout}${stderr}`);
  return jsonLines<JavaMessage>(stdout);
}

function committed(consumer: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    let printed = '';
    consumer.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString('latin1');
      if (/^committed$/m.test(printed)) resolve();
    });
  });
}
