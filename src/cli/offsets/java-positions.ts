import { z } from 'zod';
import type { ForeignPosition } from '../../sdk/index.js';
import { jsonValue } from '../../store/index.js';
import { readJson, unfit } from './offsets-file.js';

const object = z.record(z.string(), jsonValue);
const key = z.object({ namespace: z.string(), partition: object });
const value = z.object({ offset: object });

/** One entry of the `position.json` of Apache RocketMQ Connect. */
export interface JavaPosition extends ForeignPosition {
  /** The connector's name there. */
  readonly connector: string;
}

const hint = 'it is config/position.json below the storePathRootDir of the Java worker';

/**
 * Reads the positions of Apache RocketMQ Connect's standalone worker (`storePathRootDir`/config/position.json): an
 * object of Base64 of `{"namespace":"CONNECTOR","partition":{…}}` → Base64 of `{"offset":{…}}`. Throws
 * `CommandError` naming the file.
 */
export async function readJavaPositions(path: string): Promise<readonly JavaPosition[]> {
  const file = z.record(z.string(), z.string()).safeParse(await readJson(path, hint));
  if (!file.success) throw unfit(path, 'it is no position.json of Apache RocketMQ Connect', { hint });
  return Object.entries(file.data).map(([name, text], index) => {
    const where = key.safeParse(decoded(name));
    const stands = value.safeParse(decoded(text));
    if (!where.success || !stands.success) {
      throw unfit(path, `its entry ${String(index + 1)} is no position of Apache RocketMQ Connect`, { hint });
    }
    const { namespace: connector, partition } = where.data;
    return { connector, partition, offset: stands.data.offset };
  });
}

function decoded(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
