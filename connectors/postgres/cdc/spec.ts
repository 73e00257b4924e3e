import { z } from 'zod';
import { captureFields, type CaptureConfig } from '../../sql/cdc/spec.js';

const name = z.string().regex(/^[a-z0-9_]{1,63}$/, 'up to 63 small letters, digits and _');

/** The fields of `config` that are cdc's own. */
export const cdcFields = {
  ...captureFields('`orders` (of schema public), `shop.orders`, `shop.*`'),
  slot: name
    .optional()
    .describe(
      'cdc: the replication slot; by default rmq_connect_ and the name of the connector. Made where it is missing.',
    ),
  publication: z
    .string()
    .min(1)
    .optional()
    .describe(
      'cdc: a publication that somebody has made. By default one with the name of the slot is made, and kept in step with `tables`.',
    ),
};

export interface CdcConfig extends CaptureConfig {
  readonly slot?: string | undefined;
  readonly publication?: string | undefined;
}

export const slotOf = ({ slot }: Pick<CdcConfig, 'slot'>, connector: string): string =>
  slot ?? `rmq_connect_${connector.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`.slice(0, 63);
