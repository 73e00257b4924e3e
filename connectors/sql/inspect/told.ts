import { fine, problem, type ConnectorError, type Finding } from '../../../src/sdk/index.js';

/**
 * What a start refuses with, told by a check with all else that is wrong. So what is needed is looked at in one place:
 * a function that gives back the error, or null.
 */
export const told = (error: ConnectorError | null, otherwise: string): Finding =>
  error === null ? fine(otherwise) : problem(error.message, error.hint);

/** The first of them. */
export function refuse(errors: readonly (ConnectorError | null)[]): void {
  const first = errors.find((error) => error !== null);
  if (first !== undefined) throw first;
}
