import {
  ConnectorError,
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
  return {
    write: async (records, signal) => {
      signal.throwIfAborted();
      await write(link, records, make);
    },
    close: () => link.close(),
  };
}

/** All commands in one go. Where Redis refuses some for what the key or the record is, those are refused. */
async function write(
  link: Link,
  records: readonly SinkRecord[],
  make: ReturnType<typeof commandMaker>,
): Promise<void> {
  const { made, refused } = recordsMade(records, make);
  const owners = made.flatMap(({ index, made: commands }) => commands.map(() => index));
  const commands = made.flatMap(({ made: its }) => its);
  if (commands.length > 0) {
    for (const [at, [error]] of (await link.pipeline(commands)).entries()) {
      if (error === null) continue;
      const index = owners[at];
      const why = redisError(error, link.where, commands[at]?.[0] ?? '');
      // Whatever else is wrong is wrong for every record.
      if (!isOfOneKey(error) || index === undefined) throw why;
      const { message, hint = '' } = why;
      refused.set(index, new ConnectorError('bad_data', message, { cause: error, hint }));
    }
  }
  throwRefused(refused);
}
