/**
 * What rocketmq-client-nodejs 1.0.8 has to say, kept from going where it would: a log file in the home
 * directory (and it fails where it cannot write there), and, some time after it is loaded, the console where it
 * cannot find the machine's MAC address (as in many containers). What matters of it comes as errors
 * too. Can go when its default is silence. Imported before the client.
 */
import { format } from 'node:util';
import type { ILogger } from 'rocketmq-client-nodejs';

/** Called with each line: `warn Heartbeat failed for …`. */
export type ClientLog = (line: string) => void;

const clientMark = '[rocketmq-client-nodejs]';
const warn = console.warn.bind(console);
const listeners = new Set<ClientLog>();

console.warn = (...args: unknown[]): void => {
  const [first] = args;
  if (typeof first !== 'string' || !first.startsWith(clientMark)) {
    warn(...args);
    return;
  }
  const line = `warn ${format(...args)
    .slice(clientMark.length)
    .trim()}`;
  for (const listener of listeners) listener(line);
};

/** Passes on what goes to the console until it is called back. */
export function hearConsole(log: ClientLog): () => void {
  listeners.add(log);
  return () => {
    listeners.delete(log);
  };
}

/** What the client is given for a logger. Without `log` it is silent. */
export function loggerFor(log: ClientLog | undefined): ILogger {
  const at =
    (level: string) =>
    (...args: unknown[]): void => {
      log?.(`${level} ${format(...args)}`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
