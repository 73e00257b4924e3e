import type { ConnectorContext, SourceConnector } from '../../../src/sdk/index.js';
import { connect, drop } from '../connect.js';
import { removeSlot } from './slot.js';
import { slotOf, type CdcConfig } from './spec.js';
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

/** Drops the slot and the publication that were made, and says so. */
export async function removeCdc(
  config: CdcConfig,
  { connector }: Pick<ConnectorContext, 'connector'>,
): Promise<readonly string[]> {
  const client = await connect(config);
  try {
    const slot = slotOf(config, connector);
    return await removeSlot(client, slot, config.publication === undefined ? slot : null);
  } finally {
    drop(client);
  }
}
