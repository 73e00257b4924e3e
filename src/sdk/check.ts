/** A finding about a configuration that has the right shape. */
export interface Check {
  readonly severity: 'error' | 'warning';
  /** The field in `config`, outermost first. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}
