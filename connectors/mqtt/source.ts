import {
  deliveredPosition,
  maskedUrl,
  sharedPartition,
  type ConnectorContext,
  type JsonObject,
  type SourceConnector,
  type SourcePlugin,
} from '../../src/sdk/index.js';
import { connected, ended } from './client.js';
import { inspectSource } from './inspect.js';
import { clientName } from './names.js';
import { sourceSpec, type MqttSourceConfig } from './spec.js';
import { readTopics } from './topic-task.js';

export const source: SourcePlugin<MqttSourceConfig> = {
  kind: 'source',
  spec: sourceSpec,
  delivery: () => ({
    delivery: 'at_least_once',
    because: 'a broker gives again only what was not acknowledged; QoS 0 at most once',
  }),
  position: deliveredPosition,
  inspect: inspectSource,
  start: async (config, context) => {
    // Says at once what is wrong with the address and the credentials; under another name, with no session.
    const options = { clean: true };
    const clientId = `${clientName(config, context)}-check`;
    const { client } = await connected(config, { clientId, baseDir: context.baseDir, options });
    await ended(client);
    return connector(config, context);
  },
};

/** A shared subscription is divided among all tasks; else one task has all. */
function connector(config: MqttSourceConfig, context: ConnectorContext): SourceConnector {
  return {
    tasks: (max) => {
      const count = config.share === undefined ? 1 : max;
      return Promise.resolve(Array.from({ length: count }, (_, part): JsonObject => ({ part })));
    },
    open: (task, _context, positions) => {
      const part = Number(task.part);
      const partition = sharedPartition(config.topics.join(','), part);
      return readTopics(config, {
        clientId: `${clientName(config, context)}-${part}`,
        partition,
        hasRead: positions.has(partition),
        where: maskedUrl(config.url),
        context,
      });
    },
    close: () => Promise.resolve(),
  };
}
