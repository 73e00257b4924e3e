import type { Plugin } from '../../src/sdk/index.js';
import { source } from './source.js';

const plugin: Plugin = {
  name: 'postgres',
  summary: 'Captures the changes of PostgreSQL tables, from a consistent snapshot on.',
  source,
  example: 'connectors/postgres/example.yaml',
};
export default plugin;
