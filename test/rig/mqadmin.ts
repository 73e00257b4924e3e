import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import type { Output } from './command.js';
import { startJava } from './java.js';

let server: Promise<ChildProcess> | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * RocketMQ's own admin command, e.g. `mqadmin('127.0.0.1:9876', ['topicList'])`, in one JVM for all
 * calls of this process, one after the other. It prints a stack trace or its usage when it fails: this
 * rejects then.
 */
export function mqadmin(nameserver: string, args: readonly string[]): Promise<Output> {
  const [command = '', ...rest] = args;
  const call = last.then(() => perform([command, '-n', nameserver, ...rest]));
  last = call.catch(() => undefined);
  return call;
}

async function perform(args: readonly string[]): Promise<Output> {
  server ??= startJava('Mqadmin', []).then(released);
  const output = await exchange(await server, JSON.stringify(args));
  if (/^\s+at [\w.$]+\(|^usage: |^The sub command .* not exist/m.test(output.stdout + output.stderr)) {
    throw new Error(`mqadmin ${args.join(' ')} failed\n${output.stdout}${output.stderr}`);
  }
  return output;
}

/** It must not keep this process up when no call is under way. */
function released(child: ChildProcess): ChildProcess {
  child.unref();
  for (const stream of child.stdio) if (stream instanceof Socket) stream.unref();
  child.stderr?.resume();
  return child;
}

function exchange(child: ChildProcess, line: string): Promise<Output> {
  const { stdin, stdout } = child;
  if (!(stdout instanceof Socket) || stdin === null) throw new Error('mqadmin has no pipes');
  return new Promise<Output>((resolve, reject) => {
    const chunks: Buffer[] = [];
    const ended = (): void => {
      server = undefined;
      reject(new Error(`mqadmin ended while it ran ${line}: ${Buffer.concat(chunks).toString('utf8')}`));
    };
    const read = (chunk: Buffer): void => {
      chunks.push(chunk);
      if (chunk.at(-1) !== 0x0a) return;
      stdout.off('data', read);
      child.off('exit', ended);
      stdout.unref();
      resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Output);
    };
    if (child.exitCode !== null || child.signalCode !== null) {
      ended();
      return;
    }
    child.once('exit', ended);
    stdout.on('data', read);
    stdout.ref();
    stdin.write(`${line}\n`);
  });
}
