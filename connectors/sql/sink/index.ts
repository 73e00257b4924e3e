import { z } from 'zod';
import type { Findings, SinkInspectContext, SinkPlugin } from '../../../src/sdk/index.js';
import { hurried } from '../inspect/hurried.js';
import { startSqlSink, storedOffsets, type Connect } from './sink.js';
import { sinkFields, type SqlSinkConfig } from './spec.js';

/** The sink of a database whose connections `connect` opens. */
export const sqlSink = (
  schemes: Parameters<typeof sinkFields>[0],
  connect: Connect,
  inspect: (config: SqlSinkConfig, context: SinkInspectContext) => Findings,
): SinkPlugin<SqlSinkConfig> => ({
  kind: 'sink',
  spec: z.strictObject(sinkFields(schemes)),
  delivery: () => ({ delivery: 'exactly_once' }),
  offsets: (config, context) => Promise.resolve(storedOffsets(connect, config, context)),
  inspect: (config, context) => inspect(hurried(config, context), context),
  start: (config, context) => startSqlSink(connect, config, context),
});
