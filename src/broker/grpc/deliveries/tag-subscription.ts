import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type { FilterExpression } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import { readOwnFrame } from '../../storage/stored-frame.js';
import { findProperty, javaHash } from '../../storage/stored-properties.js';
import { tagsOf } from '../../tag-expression.js';
import { GrpcFailure } from '../failure.js';

const tagsName = Buffer.from('TAGS');

/** Tags a consumer wants, and their hashes, by which a queue's index is looked through. */
export interface TagSubscription {
  readonly tags: ReadonlySet<string>;
  readonly codes: ReadonlySet<number>;
}

/** `a || b`; null: all messages. Throws `GrpcFailure` for SQL, and where no tag is left. */
export function tagSubscription(filter: FilterExpression | undefined): TagSubscription | null {
  const expression = filter?.getExpression() ?? '';
  if (filter?.getType() === definition.FilterType.SQL) {
    throw illegal('the embedded broker filters by tag only, not by SQL92');
  }
  const tags = tagsOf(expression);
  if (tags?.size === 0) throw illegal(`no tag in the expression ${JSON.stringify(expression)}`);
  return tags === null ? null : { tags, codes: new Set([...tags].map(javaHash)) };
}

const illegal = (message: string): GrpcFailure =>
  new GrpcFailure(definition.Code.ILLEGAL_FILTER_EXPRESSION, message);

/** Different tags may have the same hash. */
export function matches(subscription: TagSubscription | null, data: Buffer): boolean {
  if (subscription === null) return true;
  const frame = readOwnFrame(data, false);
  if (frame === null) return false;
  const found = findProperty(data, frame.propertiesStart, frame.propertiesEnd, tagsName);
  return found !== null && subscription.tags.has(data.toString('utf8', found.start, found.end));
}
