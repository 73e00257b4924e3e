import { z } from 'zod';
import type { Complaint } from './names.js';

export function complain(
  context: z.RefinementCtx,
  complaint: Complaint,
  path: (string | number)[] = [],
): void {
  const { message, hint } = complaint;
  context.addIssue({ code: 'custom', message, path, params: { hint } });
}

/** A text with a judge of its own; `pattern` is the part of its rules that JSON Schema can say. */
export const judged = (judge: (text: string) => Complaint | null, pattern: string): z.ZodString =>
  z
    .string()
    .superRefine((text, context) => {
      const complaint = judge(text);
      if (complaint !== null) complain(context, complaint);
    })
    .meta({ pattern });
