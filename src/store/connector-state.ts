import { z } from 'zod';
import type { ConnectorState } from '../sdk/index.js';
import { JsonFile } from './json-file.js';
import { jsonValue } from './json-value.js';

const stateFile = z.object({
  version: z.literal(1),
  connector: z.string(),
  /** The connector's own words. */
  state: jsonValue,
});

/** What a connector keeps for itself, in a file of its own. */
export class ConnectorStateFile implements ConnectorState {
  readonly #connector: string;
  readonly #file: JsonFile<z.infer<typeof stateFile>>;

  constructor(path: string, connector: string) {
    this.#connector = connector;
    this.#file = new JsonFile(path, stateFile);
  }

  /** Throws `CorruptFileError` for a file that is not what we wrote. */
  async read(): ReturnType<ConnectorState['read']> {
    return (await this.#file.read())?.state ?? null;
  }

  async write(state: Parameters<ConnectorState['write']>[0]): Promise<void> {
    await this.#file.write({ version: 1, connector: this.#connector, state }, { durable: true });
  }
}
