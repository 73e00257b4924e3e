import type { Plugin } from '../../src/sdk/index.js';
import { sink } from './sink.js';
import { source } from './source.js';

const plugin: Plugin = {
  name: 'mqtt',
  summary: 'Subscribes to topics of an MQTT broker, and publishes to them.',
  source,
  sink,
  example: 'examples/mqtt.yaml',
};
export default plugin;
