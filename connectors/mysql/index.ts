import type { Plugin } from '../../src/sdk/index.js';
import { source } from './source.js';
import { sink } from './sink/index.js';

const plugin: Plugin = {
  name: 'mysql',
  summary:
    'Reads rows of MySQL and MariaDB tables and queries, captures the changes of tables, and writes rows into tables.',
  source,
  sink,
  example: 'connectors/mysql/example.yaml',
};
export default plugin;
