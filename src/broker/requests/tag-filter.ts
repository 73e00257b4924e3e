import { javaHash } from '../storage/stored-properties.js';
import { tagsOf } from '../tag-expression.js';
import { responseCode } from './codes.js';
import { RequestError } from './request.js';

/**
 * The hashes of the tags of an expression; null where it takes all messages. Different tags may have one
 * hash: clients filter once more.
 */
export function tagFilter(
  expression: string | undefined,
  type: string | undefined,
): ReadonlySet<number> | null {
  if (type !== undefined && type !== '' && type !== 'TAG') {
    throw new RequestError(
      responseCode.systemError,
      `The broker does not support consumer to filter message by ${type}`,
    );
  }
  const tags = tagsOf(expression ?? '');
  if (tags?.size === 0) {
    throw new RequestError(responseCode.subscriptionParseFailed, "parse the consumer's subscription failed");
  }
  return tags === null ? null : new Set([...tags].map(javaHash));
}
