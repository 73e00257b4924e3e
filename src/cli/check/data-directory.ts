import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorText, fine, problem, type Findings } from '../../sdk/index.js';

/** Whether positions and states can be kept there. */
export async function* inspectDataDirectory(root: string): Findings {
  for (let folder = root; ; folder = dirname(folder)) {
    try {
      await access(folder, constants.W_OK | constants.X_OK);
      yield fine(folder === root ? `${root} can be written to` : `${root} is made at the start`);
      return;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENOENT' && folder !== dirname(folder)) continue;
      yield problem(
        `${folder} cannot be written to: ${errorText(error)}`,
        'give the user that runs rmq-connect access to it, or name another --data-dir',
      );
      return;
    }
  }
}
