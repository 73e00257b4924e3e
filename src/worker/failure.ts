import { ConnectorError } from '../sdk/index.js';
import { RocketmqError } from '../rocketmq/errors.js';
import { CorruptFileError, type Failure } from '../store/index.js';

/** What a person is told of an error: its code where it has one, and its message with the cause's. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ConnectorError || error instanceof RocketmqError) {
    return { code: error.code, message: error.message };
  }
  if (error instanceof CorruptFileError) return { code: 'corrupt_file', message: error.message };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
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
  return error instanceof CorruptFileError || (error instanceof ConnectorError && error.code === 'config');
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
