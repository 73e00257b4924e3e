import { z } from 'zod';
import { sourceFields, sqlSource } from '../sql/source.js';
import { cdcLag } from './cdc/lag.js';
import { cdcPosition } from './cdc/position.js';
import { cdcFields } from './cdc/spec.js';
import { openCdc } from './cdc/task.js';
import { openReader } from './polling/reader.js';

export const source = sqlSource(z.strictObject({ ...sourceFields, ...cdcFields }), openReader, {
  position: cdcPosition,
  open: openCdc,
  lag: cdcLag,
});
