import { readFile } from 'node:fs/promises';
import { run } from './command.js';
import { keptFolder } from './kept-folder.js';

const ready = new Map<string, Promise<string>>();

/**
 * The folder with the jars that a pom names, from Maven Central the first time. It is kept, named after
 * `name` and the version that the pom's first `NAME.version` property says.
 */
export function jarsOf(name: string, pom: string): Promise<string> {
  const known = ready.get(pom) ?? fetchJars(name, pom);
  ready.set(pom, known);
  return known;
}

async function fetchJars(name: string, pom: string): Promise<string> {
  const text = await readFile(pom, 'utf8');
  const version = /<[a-z]+\.version>(.+)<\/[a-z]+\.version>/.exec(text)?.[1] ?? 'unknown';
  return keptFolder(`${name}-${version}`, text, async (folder) => {
    await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`]);
  });
}
