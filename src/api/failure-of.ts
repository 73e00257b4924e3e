import { ControlError, type ControlCode } from '../control/failure.js';
import { ApiFailure } from './failure.js';

const statusOf: Readonly<Record<ControlCode, number>> = {
  unknown_connector: 404,
  unknown_task: 404,
  unknown_plugin: 404,
  exists: 409,
  definition: 400,
  not_stopped: 409,
};

/** An error of any kind in the words of the commands. */
export interface ToldError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: object;
}

/** What is answered for an error that is no `ApiFailure`; `tell` knows those of the rest of the program. */
export function failureOf(error: unknown, tell: (error: unknown) => ToldError): ApiFailure {
  if (error instanceof ControlError) {
    const { code, message, hint, problems } = error;
    const details = problems.length === 0 ? {} : { problems };
    return new ApiFailure(statusOf[code], code, message, { hint, details });
  }
  const { status, code, message, hint, details } = tell(error);
  return new ApiFailure(status, code, message, { hint, details });
}
