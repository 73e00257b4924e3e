import type { Command } from 'commander';
import { DataDir, LockedError } from '../../store/index.js';
import { CommandError } from '../exit-code.js';
import { leaf, perform } from '../leaf.js';
import { notRemembered } from '../remembered.js';

export function connectorsForget(): Command {
  const command = leaf(
    'forget',
    'Forget a connector with its positions; a source starts anew when it runs again.\nThe consumer group of a sink keeps its offsets at the broker.',
    ['connectors forget read-log'],
  ).argument('<name>', 'the connector');
  return perform<object>(command, async ({ out, dataDir }, name: string) => {
    await forgetConnector(new DataDir(dataDir), name);
    if (out.json) out.result({ connector: name });
    else out.talk(`forgot ${name}`);
  });
}

/** Holds the worker's lock meanwhile, so that none starts with what is being removed. */
export async function forgetConnector(dataDir: DataDir, name: string): Promise<void> {
  const known = await dataDir.connectors();
  if (!known.includes(name)) throw notRemembered(name, known, dataDir);
  const lock = await dataDir.lock().catch((error: unknown) => {
    if (!(error instanceof LockedError)) throw error;
    const who = error.owner === null ? 'a worker that is starting' : `process ${String(error.owner.pid)}`;
    throw new CommandError('failed', 'locked', `${name} cannot be forgotten while a worker runs (${who})`, {
      hint: 'stop it first',
      cause: error,
    });
  });
  try {
    await dataDir.connector(name).remove();
  } finally {
    await lock.release();
  }
}
