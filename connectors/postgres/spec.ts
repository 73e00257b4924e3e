import { z } from 'zod';
import { ConnectorError } from '../../src/sdk/index.js';
import { connectionFields } from '../sql/connection.js';
import { pollingFields, pollingModes, type PollingConfig } from '../sql/polling/spec.js';
import { cdcFields, type CdcConfig } from './cdc/index.js';

export const sourceSpec = z.strictObject({
  ...connectionFields,
  mode: z
    .enum([...pollingModes, 'cdc'])
    .describe('How rows, or their changes (`cdc`), are read: see the README.'),
  ...pollingFields,
  ...cdcFields,
});

export type SourceConfig = z.infer<typeof sourceSpec>;

/** Null in the mode cdc. */
export const pollingOf = (config: SourceConfig): PollingConfig | null =>
  config.mode === 'cdc' ? null : { ...config, mode: config.mode };

/** Statements may take long: a snapshot is one. */
export function cdcOf(config: SourceConfig): CdcConfig {
  const { tables } = config;
  if (tables !== undefined) return { ...config, tables, statement_timeout_ms: 0 };
  throw new ConnectorError('config', 'mode: cdc needs tables', { hint: 'for example tables: [orders]' });
}
