import { createHash } from 'node:crypto';
import { z } from 'zod';
import { captureFields, type CaptureConfig } from '../../sql/cdc/spec.js';

/** The fields of `config` that are cdc's own. */
export const cdcFields = {
  ...captureFields('`orders` (of the database in `url`), `shop.orders`, `shop.*`'),
  server_id: z
    .int()
    .min(1)
    .max(4_294_967_295)
    .optional()
    .describe(
      'cdc: the number under which it reads the binlog; no other server or reader may have it. By default made of the name of the connector.',
    ),
};

export interface CdcConfig extends CaptureConfig {
  readonly server_id?: number | undefined;
}

/** The same at each start: a reader that was killed is then ended by the server. */
export const serverIdOf = ({ server_id: id }: Pick<CdcConfig, 'server_id'>, connector: string): number =>
  id ?? 1_000_000_000 + (createHash('sha256').update(connector).digest().readUInt32BE() % 3_000_000_000);

/** One binlog, one partition. */
export const partition = 'binlog';
