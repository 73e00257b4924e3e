import { readFile } from 'node:fs/promises';
import { diskText } from './disk-text.js';
import { CommandError } from './exit-code.js';

/** The token of an API that a file holds. */
export async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    const message = `the token of the API, ${file}, cannot be read: ${diskText(cause)}`;
    throw new CommandError('usage', 'api_token', message, {
      hint: 'give --api-token-file a file that is there and may be read',
      cause,
    });
  }
}
