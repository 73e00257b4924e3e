import { drop } from './transforms/drop.js';
import { filter } from './transforms/filter.js';
import { insert } from './transforms/insert.js';
import { rename } from './transforms/rename.js';
import type { TransformKind } from './stage.js';

export { always } from './always.js';
export type { Format, FormatName, Transform, TransformKind } from './stage.js';
export { formatNames, formats } from './formats.js';
export { parseOrderingKey, type OrderingKey } from './ordering-key.js';
export { transformed, TransformFailed, withFields } from './transformed.js';

/** The transforms a job file may name. */
export const transformKinds: readonly TransformKind[] = [filter, rename, insert, drop];
