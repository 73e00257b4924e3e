import type { Plugin } from '../../src/sdk/index.js';
import { sink } from './sink.js';
import { source } from './source.js';

const plugin: Plugin = {
  name: 'file',
  summary: 'Reads lines or rows of files; appends lines to files, or writes whole files of lines or rows.',
  source,
  sink,
  example: 'examples/quickstart.yaml',
};
export default plugin;
