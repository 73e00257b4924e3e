import { javaHash } from '../storage/tags-code.js';
import { responseCode } from './codes.js';
import { RequestError } from './request.js';

/**
 * The hashes of the tags an expression like `a || b` names; null where it takes all messages. Different
 * tags may have one hash: clients filter once more.
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
  if (expression === undefined || expression === '' || expression === '*') return null;
  const tags = expression.split('||').map((tag) => tag.trim());
  const hashes = new Set(tags.filter((tag) => tag !== '').map(javaHash));
  if (hashes.size === 0) {
    throw new RequestError(responseCode.subscriptionParseFailed, "parse the consumer's subscription failed");
  }
  return hashes;
}
