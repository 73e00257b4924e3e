import { z } from 'zod';
import {
  ConnectorError,
  deliveredPosition,
  tlsOptions,
  type SourceDelivery,
  type SourcePlugin,
} from '../../src/sdk/index.js';
import { inspectSource } from './inspect.js';
import { readPages } from './poll-task.js';
import { serve } from './server-task.js';
import { sourceSpec, type HttpSourceConfig } from './spec.js';

export const source: SourcePlugin<HttpSourceConfig> = {
  kind: 'source',
  spec: sourceSpec,
  delivery: ({ mode }): SourceDelivery => ({
    delivery: 'at_least_once',
    because:
      mode === 'server'
        ? 'who sends has to send again what was not answered with 200'
        : 'nobody knows whether a page is the same when it is asked for again',
  }),
  position: z.union([
    deliveredPosition,
    z.strictObject({ cursor: z.string().nullable(), etag: z.string().nullable(), done: z.int().min(0) }),
  ]),
  inspect: inspectSource,
  start: async (config, context) => {
    if (config.mode === 'server' && context.once) {
      throw new ConnectorError('config', 'a server has no end that --once could run to', {
        hint: 'run it without --once',
      });
    }
    const tls = config.tls === undefined ? null : await tlsOptions(config.tls, context.baseDir);
    return {
      tasks: () => Promise.resolve([{}]),
      open: (_task, _context, positions) =>
        config.mode === 'server'
          ? serve(config, tls)
          : Promise.resolve(readPages(config, { tls, positions, context })),
      close: () => Promise.resolve(),
    };
  },
};
