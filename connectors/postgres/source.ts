import { z } from 'zod';
import { sourceFields, sqlSource } from '../sql/source.js';
import { cdcLag } from './cdc/lag.js';
import { cdcPosition } from './cdc/position.js';
import { removeCdc } from './cdc/slot.js';
import { cdcFields } from './cdc/spec.js';
import { openCdc } from './cdc/task.js';
import { schemes } from './connect.js';
import { inspectCdc } from './inspect/cdc.js';
import { inspectRows } from './inspect/rows.js';
import { openReader } from './polling/reader.js';

export const source = sqlSource(
  z.strictObject({ ...sourceFields(schemes), ...cdcFields }),
  { openReader, inspect: inspectRows },
  {
    position: cdcPosition,
    open: openCdc,
    lag: cdcLag,
    inspect: inspectCdc,
    remove: removeCdc,
  },
);
