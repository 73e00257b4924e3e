import type { Plugin } from '../../src/sdk/index.js';
import { sink } from './sink.js';
import { source } from './source.js';

const plugin: Plugin = {
  name: 'http',
  summary: 'Takes POSTs as a server, polls addresses, and sends records with HTTP requests.',
  source,
  sink,
  example: 'examples/http.yaml',
};
export default plugin;
