import type { Plugin } from '../../src/sdk/index.js';
import { source } from './source.js';

const plugin: Plugin = {
  name: 'generate',
  summary: 'Makes up records, for trying out and for load.',
  source,
  example: 'examples/generate-to-console.yaml',
};
export default plugin;
