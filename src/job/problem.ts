import path from 'node:path';
import type { Problem } from './definition.js';
import type { Place } from './tree.js';

/** `file:line:column  what  (path)  → what to do`; the file relative to `cwd` where it is inside. */
export function renderProblem(problem: Problem, cwd = process.cwd()): string {
  const where = `${shortened(problem.file, cwd)}:${problem.line}:${problem.column}`;
  const parts = [where, (problem.severity === 'warning' ? 'warning: ' : '') + problem.message];
  if (problem.path !== '') parts.push(`(${problem.path})`);
  if (problem.hint !== undefined) parts.push(`→ ${problem.hint}`);
  return parts.join('  ');
}

function shortened(file: string, cwd: string): string {
  if (!path.isAbsolute(file)) return file;
  const relative = path.relative(cwd, file);
  const inside = relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`);
  return inside && !path.isAbsolute(relative) ? relative : file;
}

export function problemAt(
  place: Place,
  path: string,
  message: string,
  options: { readonly hint?: string | undefined; readonly severity?: Problem['severity'] } = {},
): Problem {
  const { severity = 'error', hint } = options;
  return { severity, ...place, path, message, ...(hint === undefined ? {} : { hint }) };
}
