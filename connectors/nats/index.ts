import type { Plugin } from '../../src/sdk/index.js';
import { sink } from './sink.js';
import { source } from './source.js';

const plugin: Plugin = {
  name: 'nats',
  summary: 'Reads JetStream streams and subjects of NATS, and publishes to them.',
  source,
  sink,
  example: 'examples/nats.yaml',
};
export default plugin;
