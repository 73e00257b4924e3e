import type { OutMessage, StoredMessage } from '../rocketmq/cluster.js';
import { stampProperty, stampValue, type Stamp } from './stamp.js';

/**
 * A broker that is killed while it writes a batch may be left with the beginning of a message: memory that it did
 * not come to reads as zeros. Its recovery looks at lengths and at the checksum of the body, which both come
 * before the properties (CommitLog `checkMessageAndReturnSize`; `forceVerifyPropCRC` would have it look at
 * those too): a message whose last properties are missing stays. The stamp is written last, so most of the
 * time only that, or RocketMQ's own, is what is missing.
 */
function isTorn({ raw }: StoredMessage): boolean {
  return raw?.properties.at(-1) === 0;
}

/** Whether all that was sent is there but for the end of its stamp, or RocketMQ's own properties. */
export function isTornCopy(found: StoredMessage, sent: OutMessage): boolean {
  if (found.raw === undefined || !isTorn(found) || !found.body.equals(sent.body)) return false;
  const { passedOn, properties = {} } = sent;
  const hasItsOwn = Object.entries(properties).every(([name, value]) => found.properties[name] === value);
  if (!hasItsOwn) return false;
  if (passedOn === undefined) return found.key === given(sent.key) && found.tag === given(sent.tag);
  return found.raw.properties.subarray(0, passedOn.properties.length).equals(passedOn.properties);
}

/** RocketMQ has no empty keys and tags. */
function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/**
 * The stamp of a torn message that was sent directly behind the one with stamp `before`; null where it is not
 * certain that it was, or that all before the stamp is there.
 */
export function tornStamp(found: StoredMessage, before: Stamp | null): Stamp | null {
  if (before === null || !isTorn(found)) return null;
  const stamp = { ...before, index: before.index + 1, span: null };
  const whole = stampValue(stamp);
  const value = found.properties[stampProperty] ?? '';
  const rest = value.replace(/\0+$/, '');
  // With the separator that is missing too, it is as long as it should be.
  const isItsRest = value.length === whole.length + 1 && whole.startsWith(rest);
  return isItsRest && rest.length > before.tag.length ? stamp : null;
}
