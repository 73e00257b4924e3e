import type { Plugin } from '../../src/sdk/index.js';
import { sqlSink } from '../sql/sink/index.js';
import { schemes } from './connect.js';
import { inspectSink } from './inspect/sink.js';
import { openSession } from './sink/session.js';
import { source } from './source.js';

const plugin: Plugin = {
  name: 'postgres',
  summary:
    'Reads rows of PostgreSQL tables and queries, captures the changes of tables, and writes rows into tables.',
  source,
  sink: sqlSink(schemes, openSession, inspectSink),
  example: 'examples/postgres.yaml',
};
export default plugin;
