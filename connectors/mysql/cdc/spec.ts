import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Database } from './session.js';

/** The fields of `config` that are cdc's own. */
export const cdcFields = {
  tables: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('cdc: the tables: `orders` (of the database in `url`), `shop.orders`, `shop.*`.'),
  server_id: z
    .int()
    .min(1)
    .max(4_294_967_295)
    .optional()
    .describe(
      'cdc: the number under which it reads the binlog; no other server or reader may have it. By default made of the name of the connector.',
    ),
  snapshot: z
    .enum(['initial', 'never'])
    .default('initial')
    .describe(
      'cdc: whether the rows that are there come first, as of the moment at which the changes begin.',
    ),
};

/** What cdc needs of the configuration. */
export interface CdcConfig extends Database {
  readonly tables: readonly string[];
  readonly server_id?: number | undefined;
  readonly snapshot: 'initial' | 'never';
  /** `none`: records without their schema. */
  readonly schema: 'json' | 'none';
}

/** The same at each start: a reader that was killed is then ended by the server. */
export const serverIdOf = ({ server_id: id }: Pick<CdcConfig, 'server_id'>, connector: string): number =>
  id ?? 1_000_000_000 + (createHash('sha256').update(connector).digest().readUInt32BE() % 3_000_000_000);

/** One binlog, one partition. */
export const partition = 'binlog';
