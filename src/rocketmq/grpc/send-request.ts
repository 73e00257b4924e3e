import type { OutMessage } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import { PublishingMessage, requests, type MessageQueue, type SendMessageRequest } from './client-package.js';
import { emptyProperty, emptyStandIn } from './empty-body.js';
import type { ProducerSession } from './session.js';

/** Limits of a proxy (org.apache.rocketmq.proxy.config.ProxyConfig, defaults). */
export const maxBodyBytes = 4 * 1024 * 1024;
const maxPropertyBytes = 16 * 1024;
const maxPropertyCount = 128;

/** What a message takes beside its body, key, tag and properties, about: ids, times and their names. */
const messageOverheadBytes = 200;
const propertyOverheadBytes = 16;

export function sizeInRequest(message: OutMessage): number {
  const { body, key, tag, properties } = message;
  let bytes = body.length + messageOverheadBytes;
  if (key !== undefined) bytes += Buffer.byteLength(key);
  if (tag !== undefined) bytes += Buffer.byteLength(tag);
  for (const name in properties) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(properties[name] ?? '') + propertyOverheadBytes;
  }
  return bytes;
}

/**
 * One SendMessage request of many messages: no client offers it, but the proxy takes several messages of one
 * topic, and stores them in this order in one queue.
 */
export function sendRequest(
  session: ProducerSession,
  queue: MessageQueue,
  messages: readonly OutMessage[],
  group: string | null,
): SendMessageRequest {
  const request = new requests.SendMessageRequest();
  for (const message of messages) {
    check(message);
    const publishing = new PublishingMessage(
      {
        topic: queue.topic.name,
        ...bodyOf(message),
        ...(message.key === undefined || message.key.trim() === '' ? {} : { keys: [message.key] }),
        ...(message.tag === undefined || message.tag === '' ? {} : { tag: message.tag }),
        ...(group === null ? {} : { messageGroup: group }),
      },
      session.publishingSettings,
      false,
    );
    request.addMessages(publishing.toProtobuf(session.namespace, queue));
  }
  return request;
}

/** Always a Buffer: 1.0.8 takes the body of a message for base64 where it is text. Can go when it does not. */
function bodyOf({ body, properties }: OutMessage): { body: Buffer; properties: Map<string, string> } {
  const map = new Map(Object.entries(properties ?? {}));
  if (body.length > 0) return { body, properties: map };
  return { body: emptyStandIn, properties: map.set(emptyProperty, 'true') };
}

function check({ body, tag, properties }: OutMessage): void {
  if (body.length > maxBodyBytes) {
    throw new RocketmqError(
      'too_large',
      `a message has ${body.length} bytes, and a proxy takes at most ${maxBodyBytes}`,
    );
  }
  if (tag?.includes('|') === true) {
    throw new RocketmqError('invalid', `the tag ${JSON.stringify(tag)} has a |, which a proxy refuses`);
  }
  let count = 0;
  let bytes = 0;
  for (const name in properties) {
    count += 1;
    bytes += Buffer.byteLength(name) + Buffer.byteLength(properties[name] ?? '');
  }
  if (count > maxPropertyCount || bytes > maxPropertyBytes) {
    throw new RocketmqError(
      'too_large',
      `a message has ${count} properties of ${bytes} bytes, and a proxy takes at most ${maxPropertyCount} of ${maxPropertyBytes}`,
    );
  }
}
