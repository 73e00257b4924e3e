import type { Plugin } from '../../src/sdk/index.js';
import { sink } from './sink.js';
import { source } from './source.js';

const plugin: Plugin = {
  name: 'file',
  summary: 'Reads the lines of files, and appends lines to files.',
  source,
  sink,
  example: 'connectors/file/example.yaml',
};
export default plugin;
