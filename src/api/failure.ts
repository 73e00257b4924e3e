/** An answer that is not what was asked for. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  /** More fields of `error`. */
  readonly details: object;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    options: {
      readonly hint?: string | undefined;
      readonly details?: object;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
    this.headers = options.headers ?? {};
  }
}
