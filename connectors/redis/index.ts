import type { Plugin } from '../../src/sdk/index.js';
import { sink } from './sink.js';
import { source } from './source.js';

const plugin: Plugin = {
  name: 'redis',
  summary: 'Reads streams, lists and channels of Redis, and writes all kinds of keys.',
  source,
  sink,
  example: 'examples/redis.yaml',
};
export default plugin;
