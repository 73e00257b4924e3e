import {
  deliveredPosition,
  type ConnectorContext,
  type JsonObject,
  type SourceConnector,
  type SourcePlugin,
} from '../../src/sdk/index.js';
import { inspectSource } from './inspect.js';
import { openLink } from './link.js';
import { declared, readQueue } from './queue-task.js';
import { sourceSpec, type RabbitSourceConfig } from './spec.js';

export const source: SourcePlugin<RabbitSourceConfig> = {
  kind: 'source',
  spec: sourceSpec,
  delivery: () => ({
    delivery: 'at_least_once',
    because: 'a queue gives again what was not acknowledged',
  }),
  position: deliveredPosition,
  lag: async (config, _positions, context) => {
    const link = await openLink(config, context);
    try {
      const { waiting: records } = await declared(link, { queue: config.queue, declare: false });
      return records === 0 ? { records, bytes: 0, seconds: 0 } : { records, bytes: null, seconds: null };
    } finally {
      await link.close();
    }
  },
  inspect: inspectSource,
  start: async (config, context) => {
    // Says at once what is wrong with the address, the credentials and the queue.
    const link = await openLink(config, context);
    try {
      await declared(link, config);
    } finally {
      await link.close();
    }
    return connector(config, context);
  },
};

function connector(config: RabbitSourceConfig, context: ConnectorContext): SourceConnector {
  return {
    tasks: (max) => Promise.resolve(Array.from({ length: max }, (_, part): JsonObject => ({ part }))),
    open: async (task) => {
      const link = await openLink(config, context);
      try {
        return await readQueue(link, config, Number(task.part), context);
      } catch (error) {
        await link.close();
        throw error;
      }
    },
    close: () => Promise.resolve(),
  };
}
