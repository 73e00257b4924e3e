/** A request as its file under requests/ makes it. Values of fields travel as text. */
export interface Request {
  readonly code: number;
  /** RocketMQ's name of the request, for messages. */
  readonly name: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  readonly body?: Buffer | undefined;
}

export interface Answer {
  readonly code: number;
  readonly remark: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Who answered, `host:port`. */
  readonly address: string;
  readonly request: Request;
}

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  /** For all of it, connecting too. Default: the client's. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Sends a request to one server and resolves with its answer, whatever its code. Rejects with
 * `unreachable`, `timeout`, `disconnected`, `protocol` or `closed`, or with the signal's reason.
 */
export type Ask = (request: Request, options?: AskOptions) => Promise<Answer>;
