import type { Plugin } from '../../src/sdk/index.js';
import { source } from './source.js';

const plugin: Plugin = {
  name: 'mysql',
  summary: 'Captures the changes of MySQL and MariaDB tables, from a consistent snapshot on.',
  source,
  example: 'connectors/mysql/example.yaml',
};
export default plugin;
