import { z } from 'zod';
import { namesField } from '../../../src/sdk/index.js';
import type { ConnectionFields } from '../connection.js';

/** The fields of `config` that every mode cdc has. `names`: how tables are named. */
export const captureFields = (names: string) => ({
  tables: namesField(`cdc: the tables, or the one: ${names}.`).optional(),
  snapshot: z
    .enum(['initial', 'never'])
    .default('initial')
    .describe(
      'cdc: whether the rows that are there come first, as of the moment at which the changes begin.',
    ),
});

/** What cdc needs of the configuration. */
export interface CaptureConfig extends ConnectionFields {
  readonly tables: readonly string[];
  readonly snapshot: 'initial' | 'never';
  /** `none`: records without their schema. */
  readonly schema: 'json' | 'none';
  /** Where relative paths start. */
  readonly baseDir: string;
}
