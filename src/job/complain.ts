import type { z } from 'zod';
import type { Complaint } from './names.js';

export function complain(
  context: z.RefinementCtx,
  complaint: Complaint,
  path: (string | number)[] = [],
): void {
  const { message, hint } = complaint;
  context.addIssue({ code: 'custom', message, path, params: { hint } });
}

/** Says what fields have to do with each other even where single ones are wrong: all problems at once. */
export const always = { when: () => true };
