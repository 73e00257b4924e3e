import type { PluginRegistry } from '../src/sdk/index.js';

/** The connectors that come with rmq-connect. */
export const plugins: PluginRegistry = {
  console: async () => (await import('./console/index.js')).default,
  file: async () => (await import('./file/index.js')).default,
  generate: async () => (await import('./generate/index.js')).default,
  http: async () => (await import('./http/index.js')).default,
  mqtt: async () => (await import('./mqtt/index.js')).default,
  mysql: async () => (await import('./mysql/index.js')).default,
  nats: async () => (await import('./nats/index.js')).default,
  postgres: async () => (await import('./postgres/index.js')).default,
  rabbitmq: async () => (await import('./rabbitmq/index.js')).default,
  redis: async () => (await import('./redis/index.js')).default,
};
