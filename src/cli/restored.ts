import { plugins } from '../../connectors/index.js';
import type { ClusterDefinition, ConnectorDefinition } from '../job/definition.js';
import { homeOf } from '../job/homes.js';
import { restoreConnector } from '../job/remember.js';
import { isObject, type JsonObject } from '../sdk/index.js';
import { environmentWith } from './environment.js';
import { CommandError } from './exit-code.js';
import type { Remembered } from './remembered.js';

/** A connector's definition, and where its RocketMQ is; of a mirror, the one it copies to. */
export interface Restored {
  readonly definition: ConnectorDefinition;
  readonly cluster: ClusterDefinition;
}

/**
 * Makes a definition of what is remembered, with the variables as they are now. Throws where that cannot
 * be done any more: a plugin or a variable is gone.
 */
export async function restore({ name, definition }: Remembered): Promise<Restored> {
  const { raw } = definition;
  if (!isObject(raw)) {
    throw new CommandError('failed', 'corrupt_file', `what is remembered of ${name} cannot be understood`, {
      hint: 'run its job file again',
    });
  }
  const env = await environmentWith(envFilesOf(raw));
  const { connector, cluster } = await restoreConnector(raw, env, plugins);
  return { definition: connector, cluster: homeOf(connector, cluster) };
}

/** What is remembered goes with the environment files it was run with, so that it can be filled in again. */
export function withEnvFiles(raw: JsonObject, files: readonly string[]): JsonObject {
  return files.length === 0 ? raw : { ...raw, env_files: files };
}

export function envFilesOf({ env_files: files }: JsonObject): readonly string[] {
  return Array.isArray(files) ? files.filter((file) => typeof file === 'string') : [];
}
