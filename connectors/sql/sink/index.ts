import { z } from 'zod';
import type { SinkPlugin } from '../../../src/sdk/index.js';
import { startSqlSink, storedOffsets, type Connect } from './sink.js';
import { sinkFields, type SqlSinkConfig } from './spec.js';

/** The sink of a database whose connections `connect` opens. */
export const sqlSink = (connect: Connect): SinkPlugin<SqlSinkConfig> => ({
  kind: 'sink',
  spec: z.strictObject(sinkFields),
  delivery: () => ({ delivery: 'exactly_once' }),
  offsets: (config, context) => Promise.resolve(storedOffsets(connect, config, context)),
  start: (config, context) => startSqlSink(connect, config, context),
});
