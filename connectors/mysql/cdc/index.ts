import type { SourceConnector } from '../../../src/sdk/index.js';
import type { CdcConfig } from './spec.js';
import { openCdc } from './task.js';

export { cdcLag } from './lag.js';
export { cdcPosition } from './position.js';
export { cdcFields, type CdcConfig } from './spec.js';

/** A started source in the mode cdc: one task, however many may be. */
export function startCdc(config: CdcConfig): SourceConnector {
  return {
    tasks: () => Promise.resolve([{ mode: 'cdc' }]),
    open: (_task, context, positions) => openCdc(config, context, positions),
    close: () => Promise.resolve(),
  };
}
