import type { Plugin } from '../../src/sdk/index.js';
import { source } from './polling/index.js';
import { sink } from './sink/index.js';

const plugin: Plugin = {
  name: 'postgres',
  summary: 'Reads rows of PostgreSQL tables and queries, and writes rows into tables.',
  source,
  sink,
  example: 'connectors/postgres/example.yaml',
};
export default plugin;
