import type { SourcePlugin } from '../../src/sdk/index.js';
import { cdcLag, cdcPosition, removeCdc, startCdc } from './cdc/index.js';
import { sourceSpec, type PostgresSourceConfig } from './spec.js';

export const source: SourcePlugin<PostgresSourceConfig> = {
  kind: 'source',
  spec: sourceSpec,
  replayable: true,
  position: cdcPosition,
  lag: cdcLag,
  remove: removeCdc,
  start: (config) => Promise.resolve(startCdc(config)),
};
