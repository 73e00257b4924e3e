import { createServer } from 'node:net';

/** Below the range from which systems hand out ports for outgoing connections. */
const lowest = 15_000;
const highest = 32_000;

export interface RocketmqPorts {
  readonly nameserver: number;
  readonly broker: number;
}

/**
 * A name server's port, and a broker's with its neighbours free: a broker listens on its port, on the
 * one two below (its fast port) and on the one above (for replicas).
 */
export async function freeRocketmqPorts(): Promise<RocketmqPorts> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const base = lowest + 5 * Math.floor((Math.random() * (highest - lowest)) / 5);
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
