import { z } from 'zod';
import {
  ConnectorError,
  deliveredPosition,
  type ConnectorContext,
  type JsonObject,
  type SourceConnector,
  type SourceDelivery,
  type SourcePlugin,
} from '../../src/sdk/index.js';
import { readDurable } from './durable-task.js';
import { natsError } from './errors.js';
import { inspectSource } from './inspect.js';
import { Link } from './link.js';
import { sourceLag } from './source-lag.js';
import { readStream, streamPosition } from './stream-task.js';
import { streamState } from './stream-state.js';
import { sourceSpec, type NatsSourceConfig } from './spec.js';
import { readSubjects } from './subject-task.js';

export const source: SourcePlugin<NatsSourceConfig> = {
  kind: 'source',
  spec: sourceSpec,
  delivery,
  position: z.union([streamPosition, deliveredPosition]),
  lag: async (config, positions, context) => {
    const link = new Link(config, context);
    try {
      return await sourceLag(link, config, positions);
    } finally {
      await link.close();
    }
  },
  seek: async (config, to, context) => {
    const { stream } = config;
    if (stream === undefined || config.durable !== undefined) {
      throw new ConnectorError('config', 'only streams without a durable have a place that can be set', {
        hint: 'a durable is moved at the server: delete it, and it is made anew',
      });
    }
    if (to === 'earliest') return new Map([[stream, null]]);
    const link = new Link(config, context);
    try {
      const { created, last } = await streamState(link, stream);
      return new Map([[stream, { seq: last, created }]]);
    } finally {
      await link.close();
    }
  },
  inspect: inspectSource,
  start: async (config, context) => {
    if (config.mode === 'core' && context.once) {
      throw new ConnectorError('config', 'subjects have no end that --once could run to', {
        hint: 'run it without --once, or read a stream',
      });
    }
    const link = new Link(config, context);
    try {
      // Says at once what is wrong with the address, the credentials and the stream.
      if (config.stream === undefined) await link.connection();
      else await streamState(link, config.stream);
    } finally {
      await link.close();
    }
    return connector(config, context);
  },
};

function delivery({ mode, durable }: NatsSourceConfig): SourceDelivery {
  if (mode === 'core') {
    return { delivery: 'at_most_once', because: 'NATS keeps no messages outside of streams' };
  }
  if (durable === undefined) return { delivery: 'exactly_once' };
  return {
    delivery: 'at_least_once',
    because: 'a durable deals messages to whoever reads; without durable it is exactly once',
  };
}

/** A durable or a queue group is shared by all tasks; else one task reads all. */
function connector(config: NatsSourceConfig, context: ConnectorContext): SourceConnector {
  const { stream, durable, queue } = config;
  const isShared = durable !== undefined || queue !== undefined;
  return {
    tasks: (max) =>
      Promise.resolve(Array.from({ length: isShared ? max : 1 }, (_, part): JsonObject => ({ part }))),
    open: async (task, _context, positions) => {
      const link = new Link(config, context);
      const part = Number(task.part);
      const what =
        stream === undefined
          ? 'subscribe'
          : durable === undefined
            ? `stream ${stream}`
            : `durable ${durable} of stream ${stream}`;
      try {
        if (stream === undefined) return await readSubjects(link, config, part, context);
        if (durable === undefined) return await readStream(link, { config, stream, context, positions });
        return await readDurable(link, { config, stream, durable, part, context });
      } catch (error) {
        await link.close();
        throw natsError(error, link.where, what);
      }
    },
    close: () => Promise.resolve(),
  };
}
