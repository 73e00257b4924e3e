import type { OpenCompanion } from './companion.js';
import { openGroupSync } from './sync/companion.js';

/** What goes along with every route. */
export const companions: readonly OpenCompanion[] = [openGroupSync];

/** Topics that are copied besides those that the job names, under the same name. */
export function alsoCopied(): readonly string[] {
  return [];
}
