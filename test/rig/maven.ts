import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.js';

const ready = new Map<string, Promise<string>>();

/**
 * The folder with the jars that a pom names, from Maven Central the first time; later from
 * `$RMQ_CONNECT_CACHE` (default `~/.cache/rmq-connect`), where the folder is called `name`, the version
 * that the pom's first `NAME.version` property says, and a hash. Several processes may ask at once.
 */
export function jarsOf(name: string, pom: string): Promise<string> {
  const known = ready.get(pom) ?? fetchJars(name, pom);
  ready.set(pom, known);
  return known;
}

async function fetchJars(name: string, pom: string): Promise<string> {
  const text = await readFile(pom, 'utf8');
  const version = /<[a-z]+\.version>(.+)<\/[a-z]+\.version>/.exec(text)?.[1] ?? 'unknown';
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const cache = process.env.RMQ_CONNECT_CACHE ?? join(homedir(), '.cache/rmq-connect');
  const folder = join(cache, `${name}-${version}-${hash}`);
  if (!existsSync(folder)) await copyJars(pom, cache, folder);
  return folder;
}

async function copyJars(pom: string, cache: string, folder: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(join(cache, '.fetching-'));
  try {
    await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${fresh}`]);
    await rename(fresh, folder);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
