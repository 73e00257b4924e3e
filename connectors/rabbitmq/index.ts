import type { Plugin } from '../../src/sdk/index.js';
import { sink } from './sink.js';
import { source } from './source.js';

const plugin: Plugin = {
  name: 'rabbitmq',
  summary: 'Reads queues of RabbitMQ, and publishes to its exchanges.',
  source,
  sink,
  example: 'examples/rabbitmq.yaml',
};
export default plugin;
