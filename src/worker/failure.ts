import { ConnectorError, errorText } from '../sdk/index.js';
import { RocketmqError } from '../rocketmq/errors.js';
import { CorruptFileError, type Failure } from '../store/index.js';

/** So many records cannot be taken that something else must be wrong. */
export class TooManyDeadLettersError extends Error {
  override readonly name = 'TooManyDeadLettersError';

  constructor(letters: number, most: number) {
    super(
      `${letters} dead letters within a minute, and max_dead_letters_per_minute is ${most}: ` +
        'look at them with dlq list, and start it again when what is wrong is mended',
    );
  }
}

/** A job that should end has waited long enough for another worker. */
export class OccupiedError extends ConnectorError {
  constructor(message: string) {
    super('unavailable', message, { retryable: false });
  }
}

/** What a person is told of an error: its code where it has one, its message, and what to do where it says so. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ConnectorError && error.hint !== undefined) {
    return { code: error.code, message: `${error.message} (${error.hint})` };
  }
  if (error instanceof ConnectorError || error instanceof RocketmqError) {
    return { code: error.code, message: error.message };
  }
  if (error instanceof CorruptFileError) return { code: 'corrupt_file', message: error.message };
  if (error instanceof TooManyDeadLettersError) {
    return { code: 'too_many_dead_letters', message: error.message };
  }
  return { code: 'internal', message: errorText(error) };
}

/**
 * Whether the same thing may work later without the definition being changed. A topic that was deleted
 * under a connector may be made again: it is waited for.
 */
export function isRetryable(error: unknown): boolean {
  if (error instanceof RocketmqError && error.code === 'topic_not_found') return true;
  return (error instanceof ConnectorError || error instanceof RocketmqError) && error.retryable;
}

/** Whether trying again is pointless until a person changes the definition, or mends a file. */
export function needsPerson(error: unknown): boolean {
  if (error instanceof CorruptFileError || error instanceof TooManyDeadLettersError) return true;
  if (error instanceof OccupiedError) return true;
  return error instanceof ConnectorError && error.code === 'config';
}

/** Whether the broker may have stored what it was sent, though it did not say so. */
export function isInDoubt(error: unknown): boolean {
  return error instanceof RocketmqError && (error.code === 'timeout' || error.code === 'disconnected');
}

/** Whether RocketMQ refuses what it was sent, and would refuse it again; others in the batch may be fine. */
export function isRefusal(error: unknown): error is RocketmqError {
  return error instanceof RocketmqError && (error.code === 'too_large' || error.code === 'invalid');
}

/** Where a topic or group cannot be made from here, somebody has to make it: no use in trying again. */
export async function needingPerson<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    const missing =
      cause instanceof RocketmqError &&
      (cause.code === 'topic_not_found' || cause.code === 'group_not_found');
    if (!missing) throw cause;
    throw new ConnectorError('config', cause.message, { cause });
  }
}
