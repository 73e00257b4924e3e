/** Something that is wrong with a connector's entry. */
export interface EntryProblem {
  readonly severity: 'error' | 'warning';
  /** Below the entry, `config.path`; empty for the entry itself. */
  readonly path: string;
  readonly message: string;
  readonly hint: string | null;
}

export type ControlCode =
  | 'unknown_connector'
  | 'unknown_task'
  | 'unknown_plugin'
  /** The name is taken. */
  | 'exists'
  /** The entry does not hold. */
  | 'definition'
  /** Its offsets may be moved only while it is stopped. */
  | 'not_stopped';

/** What was asked of the connectors of a worker cannot be done; nothing has changed. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: ControlCode;
  readonly hint: string | undefined;
  readonly problems: readonly EntryProblem[];

  constructor(
    code: ControlCode,
    message: string,
    options: { readonly hint?: string; readonly problems?: readonly EntryProblem[] } = {},
  ) {
    super(message);
    this.code = code;
    this.hint = options.hint;
    this.problems = options.problems ?? [];
  }
}
