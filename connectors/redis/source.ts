import { hostname } from 'node:os';
import { z } from 'zod';
import {
  ConnectorError,
  deliveredPosition,
  type ConnectorContext,
  type JsonObject,
  type Position,
  type SourceConnector,
  type SourceDelivery,
  type SourcePlugin,
  type SourceTask,
} from '../../src/sdk/index.js';
import { readChannels } from './channel-task.js';
import { readGroup } from './group-task.js';
import { inspectSource } from './inspect.js';
import { sourceLag } from './source-lag.js';
import { Link } from './link.js';
import { readList } from './list-task.js';
import { sourceSpec, type RedisSourceConfig } from './spec.js';
import { streamInfo } from './stream-info.js';
import { readStreams } from './stream-task.js';

export const source: SourcePlugin<RedisSourceConfig> = {
  kind: 'source',
  spec: sourceSpec,
  delivery,
  position: z.union([z.string().regex(/^\d+-\d+$/), deliveredPosition]),
  lag: async (config, positions, context) => {
    const link = new Link(config, context);
    try {
      return await sourceLag(link, config, positions);
    } finally {
      await link.close();
    }
  },
  seek: async (config, to, context) => {
    if (delivery(config).delivery !== 'exactly_once') {
      throw new ConnectorError('config', 'only streams without a group have a place that can be set', {
        hint: config.mode === 'stream' ? 'XGROUP SETID moves a group' : 'what was taken is gone from Redis',
      });
    }
    const link = new Link(config, context);
    try {
      const places = new Map<string, Position | null>();
      for (const key of config.keys) {
        places.set(key, to === 'earliest' ? null : ((await streamInfo(link, key))?.lastId ?? null));
      }
      return places;
    } finally {
      await link.close();
    }
  },
  inspect: inspectSource,
  start: async (config, context) => {
    if (config.mode === 'pubsub' && context.once) {
      throw new ConnectorError('config', 'channels have no end that --once could run to', {
        hint: 'run it without --once',
      });
    }
    // Says at once what is wrong with the address and the credentials.
    const link = new Link(config, context);
    try {
      await link.client();
    } finally {
      await link.close();
    }
    return connector(config, context);
  },
};

function delivery({ mode, group }: RedisSourceConfig): SourceDelivery {
  if (mode === 'pubsub') {
    return { delivery: 'at_most_once', because: 'Redis keeps no messages of channels' };
  }
  if (mode === 'list') {
    return { delivery: 'at_least_once', because: 'what is taken from a list has no place to go back to' };
  }
  if (group === undefined) return { delivery: 'exactly_once' };
  return {
    delivery: 'at_least_once',
    because: 'a group deals entries to whoever reads; without group it is exactly once',
  };
}

/** A group is shared by all tasks; else each key is read by one task. */
function connector(config: RedisSourceConfig, context: ConnectorContext): SourceConnector {
  const shared = config.mode === 'stream' && config.group !== undefined;
  return {
    tasks: (max) => {
      const count = shared ? max : Math.min(max, config.keys.length);
      const tasks = Array.from({ length: count }, (_, task): JsonObject =>
        shared
          ? { keys: config.keys, part: task }
          : { keys: config.keys.filter((_key, index) => index % count === task) },
      );
      return Promise.resolve(tasks);
    },
    open: async (task, { task: number }, positions) => {
      const keys = (task.keys as readonly unknown[]).map(String);
      const link = new Link(config, context);
      const opened = (): Promise<SourceTask> | SourceTask => {
        if (config.mode === 'pubsub') return readChannels(link, keys, context);
        if (config.mode === 'list') return readList(link, keys, context);
        if (config.group === undefined) return readStreams(link, { keys, config, context, positions });
        const consumer = `${config.consumer ?? `${hostname()}-${context.connector}`}-${number}`;
        return readGroup(link, { keys, config, context, group: config.group, consumer, part: number });
      };
      try {
        return await opened();
      } catch (error) {
        await link.close();
        throw error;
      }
    },
    close: () => Promise.resolve(),
  };
}
