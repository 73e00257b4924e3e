import { z } from 'zod';
import type { ConnectionFields } from '../../sql/connection.js';

const name = z.string().regex(/^[a-z0-9_]{1,63}$/, 'up to 63 small letters, digits and _');

/** The fields of `config` that are cdc's own. */
export const cdcFields = {
  tables: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('cdc: the tables: `orders` (of schema public), `shop.orders`, `shop.*`.'),
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
  snapshot: z
    .enum(['initial', 'never'])
    .default('initial')
    .describe(
      'cdc: whether the rows that are there come first, as of the moment at which the changes begin.',
    ),
};

/** What cdc needs of the configuration. */
export interface CdcConfig extends ConnectionFields {
  readonly tables: readonly string[];
  readonly slot?: string | undefined;
  readonly publication?: string | undefined;
  readonly snapshot: 'initial' | 'never';
  /** `none`: records without their schema. */
  readonly schema: 'json' | 'none';
}

export const slotOf = ({ slot }: Pick<CdcConfig, 'slot'>, connector: string): string =>
  slot ?? `rmq_connect_${connector.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`.slice(0, 63);
