import { resolve } from 'node:path';

/** Where no --data-dir is given. Absolute. */
export function defaultDataDir(): string {
  const fromEnvironment = process.env.RMQ_CONNECT_DATA_DIR;
  return resolve(fromEnvironment === undefined || fromEnvironment === '' ? '.rmq-connect' : fromEnvironment);
}

/** What a command that is suggested to a person needs so that it looks into `dataDir`: ` --data-dir …`, or nothing. */
export function dataDirOption(dataDir: string): string {
  if (resolve(dataDir) === defaultDataDir()) return '';
  return ` --data-dir ${shellWord(dataDir)}`;
}

/** The text as one word of a shell. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
