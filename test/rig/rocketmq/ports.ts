import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Below the range from which systems hand out ports for outgoing connections. */
const lowest = 15_000;
const highest = 32_000;

export interface RocketmqPorts {
  readonly nameserver: number;
  readonly broker: number;
}

/**
 * A name server's port, and a broker's with its neighbours free: a broker listens on its port, on the
 * one two below (its fast port) and on the one above (for replicas). They are this process's as long as
 * it runs: a server may take seconds until it listens, and test files that run at once must not be given
 * the same ones meanwhile.
 */
export async function freeRocketmqPorts(): Promise<RocketmqPorts> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const base = lowest + 5 * Math.floor((Math.random() * (highest - lowest)) / 5);
    if (!claim(base)) continue;
    const wanted = [base, base + 1, base + 2, base + 3, base + 4];
    const free = await Promise.all(wanted.map(isFree));
    if (free.every(Boolean)) return { nameserver: base, broker: base + 3 };
  }
  throw new Error(`no five free ports in a row between ${String(lowest)} and ${String(highest)}`);
}

/** A free port for a single server. */
export async function freePort(): Promise<number> {
  return (await freeRocketmqPorts()).nameserver;
}

const folder = join(tmpdir(), `rmq-connect-test-ports-${userInfo().username}`);
const claimed: string[] = [];

/** A file per claim, with the id of the process; that of a process that was killed counts no more. */
function claim(base: number): boolean {
  const file = join(folder, String(base));
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch {
    // The next claimant finds it free: two that remove it and claim it at once would both succeed.
    if (!isOfLivingProcess(file)) rmSync(file, { force: true });
    return false;
  }
  if (claimed.length === 0) {
    process.once('exit', () => {
      for (const one of claimed) rmSync(one, { force: true });
    });
  }
  claimed.push(file);
  return true;
}

function isOfLivingProcess(file: string): boolean {
  try {
    // An empty file is just being written.
    const pid = readFileSync(file, 'utf8');
    return pid === '' || process.kill(Number(pid), 0);
  } catch (error) {
    // It may also have been removed meanwhile, or be somebody's whom this user may not signal.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
