import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './project.js';

/** Copies the examples into the folder, and returns the path of the quickstart's job file. */
export async function quickstartIn(folder: string): Promise<string> {
  const examples = join(folder, 'examples');
  await mkdir(examples, { recursive: true });
  await cp(join(projectRoot, 'examples'), examples, { recursive: true });
  return join(examples, 'quickstart.yaml');
}
