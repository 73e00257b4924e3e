import { clientFamilies } from './client-families.js';
import { connectorFamilies } from './connector-families.js';
import type { Family } from './family.js';
import { mirrorFamilies } from './mirror-families.js';
import { taskFamilies } from './task-families.js';

const build: Family = {
  name: 'rmq_connect_build_info',
  type: 'gauge',
  help: 'The version that runs, as a label; always 1.',
  labels: ['version', 'node'],
  kafka: 'connect-worker: app-info version',
  samples: ({ version }) => [{ labels: { version, node: process.version }, value: 1 }],
};

/** All there are but those of the process, which prom-client brings. */
export const families: readonly Family[] = [
  build,
  ...connectorFamilies,
  ...taskFamilies,
  ...mirrorFamilies,
  ...clientFamilies,
];
