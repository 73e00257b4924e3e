import { readFile } from 'node:fs/promises';
import type { Environment } from '../job/fill.js';
import { diskText } from './disk-text.js';
import { CommandError } from './exit-code.js';

/** The process's own variables win over those of files, and later files over earlier ones. */
export async function environmentWith(files: readonly string[]): Promise<Environment> {
  if (files.length === 0) return process.env;
  const { parse } = await import('dotenv');
  const texts = await Promise.all(files.map((file) => readEnvFile(file)));
  return { ...texts.reduce((all, text) => ({ ...all, ...parse(text) }), {}), ...process.env };
}

async function readEnvFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandError(
      'usage',
      'env_file',
      `the environment file ${file} cannot be read: ${diskText(cause)}`,
      {
        hint: 'give --env a file of NAME=value lines that is there',
        cause,
      },
    );
  }
}
