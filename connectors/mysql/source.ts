import type { SourcePlugin } from '../../src/sdk/index.js';
import { cdcLag, cdcPosition, startCdc } from './cdc/index.js';
import { sourceSpec, type MysqlSourceConfig } from './spec.js';

export const source: SourcePlugin<MysqlSourceConfig> = {
  kind: 'source',
  spec: sourceSpec,
  replayable: true,
  position: cdcPosition,
  lag: cdcLag,
  start: (config) => Promise.resolve(startCdc(config)),
};
