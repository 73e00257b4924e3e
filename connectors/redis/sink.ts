import {
  ConnectorError,
  PartlyWritten,
  recordsMade,
  throwRefused,
  type SinkPlugin,
  type SinkRecord,
  type SinkTask,
} from '../../src/sdk/index.js';
import { commandMaker } from './commands.js';
import { isOfOneKey, redisError } from './errors.js';
import { inspectSink } from './inspect.js';
import { Link } from './link.js';
import { sinkSpec, type RedisSinkConfig } from './spec.js';

export const sink: SinkPlugin<RedisSinkConfig> = {
  kind: 'sink',
  spec: sinkSpec,
  inspect: inspectSink,
  start: async (config, context) => {
    const link = new Link(config, context);
    try {
      await link.client();
    } finally {
      await link.close();
    }
    return {
      open: () => Promise.resolve(writer(config, new Link(config, context))),
      close: () => Promise.resolve(),
    };
  },
};

function writer(config: RedisSinkConfig, link: Link): SinkTask {
  const make = commandMaker(config);
  const taken = new PartlyWritten();
  return {
    write: async (records, signal) => {
      signal.throwIfAborted();
      await write(link, records, make, taken);
    },
    close: () => link.close(),
  };
}

/**
 * All commands in one go. Where Redis refuses some for what the key or the record is, those are refused. What it took
 * before it was full is not written again when the batch comes again.
 */
async function write(
  link: Link,
  records: readonly SinkRecord[],
  make: ReturnType<typeof commandMaker>,
  taken: PartlyWritten,
): Promise<void> {
  const { made, refused } = recordsMade(records, (record) => (taken.has(record) ? [] : make(record)));
  const owners = made.flatMap(({ index, made: commands }) => commands.map(() => index));
  const commands = made.flatMap(({ made: its }) => its);
  if (commands.length > 0) {
    const replies = await link.pipeline(commands).catch((error: unknown) => {
      taken.clear();
      throw error;
    });
    for (const [at, [error]] of replies.entries()) {
      if (error === null) continue;
      const index = owners[at];
      const why = redisError(error, link.where, commands[at]?.[0] ?? '');
      // Whatever else is wrong is wrong for every record.
      if (!isOfOneKey(error) || index === undefined) {
        // Redis may come back without what it took before it was gone.
        if (why.code === 'unreachable') taken.clear();
        else taken.add(records.slice(0, index).filter((_record, place) => !refused.has(place)));
        throw why;
      }
      const { message, hint = '' } = why;
      refused.set(index, new ConnectorError('bad_data', message, { cause: error, hint }));
    }
  }
  taken.clear();
  throwRefused(refused);
}
