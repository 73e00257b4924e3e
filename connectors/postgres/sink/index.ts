import { z } from 'zod';
import type { SinkPlugin } from '../../../src/sdk/index.js';
import { startSqlSink, storedOffsets } from '../../sql/sink/sink.js';
import { sinkFields, type SqlSinkConfig } from '../../sql/sink/spec.js';
import { inspectSink } from '../inspect/sink.js';
import { openSession } from './session.js';

export const sinkSpec = z.strictObject(sinkFields);

export const sink: SinkPlugin<SqlSinkConfig> = {
  kind: 'sink',
  spec: sinkSpec,
  delivery: () => ({ delivery: 'exactly_once' }),
  offsets: (config, context) => Promise.resolve(storedOffsets(openSession, config, context)),
  inspect: inspectSink,
  start: (config, context) => startSqlSink(openSession, config, context),
};
