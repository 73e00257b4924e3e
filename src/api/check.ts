import type { z } from 'zod';
import { ApiFailure } from './failure.js';

/** What the spec makes of a query or a body. Throws `ApiFailure` 400 with all that is wrong. */
export function checked(spec: z.ZodType | null, value: unknown, where: 'query' | 'body'): unknown {
  if (spec === null) return null;
  if (where === 'body' && value === undefined) {
    const asked = spec.safeParse(undefined);
    if (asked.success) return asked.data;
    throw new ApiFailure(400, 'no_body', 'the body is missing', { hint: 'send JSON' });
  }
  const result = spec.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => ({
    severity: 'error',
    path: path.map(String).join('.'),
    message,
    hint: null,
  }));
  const first = problems[0];
  const at = first === undefined || first.path === '' ? '' : `${first.path}: `;
  throw new ApiFailure(400, `bad_${where}`, `the ${where} does not hold: ${at}${first?.message ?? ''}`, {
    details: { problems },
  });
}

/** A query as a mapping; what stands there several times is a list. */
export function queryOf(search: URLSearchParams): Record<string, string | string[]> {
  const found = new Map<string, string | string[]>();
  for (const name of new Set(search.keys())) {
    const all = search.getAll(name);
    found.set(name, all.length === 1 ? (all[0] ?? '') : all);
  }
  return Object.fromEntries(found);
}
