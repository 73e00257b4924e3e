import type { Plugin } from '../../src/sdk/index.js';
import { source } from './source.js';
import { sink } from './sink/index.js';

const plugin: Plugin = {
  name: 'postgres',
  summary:
    'Reads rows of PostgreSQL tables and queries, captures the changes of tables, and writes rows into tables.',
  source,
  sink,
  example: 'connectors/postgres/example.yaml',
};
export default plugin;
