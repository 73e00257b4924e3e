import { createHash } from 'node:crypto';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type {
  Message,
  MessageType,
  SystemProperties,
} from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import { decodeStoredMessages } from '../../rocketmq/remoting/codec/stored-message.js';
import { handleOf } from './deliveries/receipts.js';
import type { Taken } from './deliveries/take.js';
import type { GrpcBroker } from './grpc-broker.js';
import { duration, timestamp } from './protobuf-time.js';

type Stored = Awaited<ReturnType<typeof decodeStoredMessages>>[number];

const { DigestType, Encoding, MessageType: types } = definition;

/**
 * Messages as a proxy of RocketMQ 5.5.0 gives them out (GrpcConverter). Bodies that a remoting client
 * compressed are decompressed: the proxy passes them on as gzip, which they are not.
 */
export async function outgoingMessages(
  grpc: GrpcBroker,
  taken: readonly Taken[],
  now: number,
): Promise<Message[]> {
  const messages: Message[] = [];
  for (const one of taken) {
    const stored = await decoded(one.data, grpc.broker.name);
    if (stored !== undefined) messages.push(messageOf(grpc, stored, one, now));
  }
  return messages;
}

/**
 * One that is not what its sender says must not hold up others: where the body cannot be decompressed it goes
 * out as it is stored; undefined where that cannot be either, and the group's dead letters are where it ends.
 */
async function decoded(data: Buffer, brokerName: string): Promise<Stored | undefined> {
  const [message] = await decodeStoredMessages(data, brokerName)
    .catch(() => decodeStoredMessages(data, brokerName, { asStored: true }))
    .catch((): Stored[] => []);
  return message;
}

function messageOf(grpc: GrpcBroker, stored: Stored, taken: Taken, now: number): Message {
  const message = new definition.Message()
    .setTopic(new definition.Resource().setName(stored.topic))
    .setSystemProperties(systemProperties(grpc, stored, taken, now))
    .setBody(stored.body);
  const properties = message.getUserPropertiesMap();
  for (const [name, value] of Object.entries(stored.properties)) properties.set(name, value);
  return message;
}

function systemProperties(grpc: GrpcBroker, stored: Stored, taken: Taken, now: number): SystemProperties {
  const all = stored.allProperties;
  const digest = new definition.Digest()
    .setType(DigestType.MD5)
    .setChecksum(createHash('md5').update(stored.body).digest('hex').toUpperCase());
  const system = new definition.SystemProperties()
    .setMessageId(stored.id)
    .setBodyDigest(digest)
    .setBodyEncoding(Encoding.IDENTITY)
    .setMessageType(typeOf(all))
    .setBornTimestamp(timestamp(timeIn(all.BORN_TIMESTAMP) ?? stored.bornAt))
    .setBornHost(all.__BORNHOST ?? bornHost(taken.data))
    .setStoreTimestamp(timestamp(stored.storedAt))
    .setStoreHost(`${grpc.host}:${grpc.broker.port}`)
    .setQueueId(stored.queue)
    .setQueueOffset(stored.offset)
    .setDeliveryAttempt(taken.entry.attempt)
    .setInvisibleDuration(duration(taken.entry.visibleAt - now))
    .setReceiptHandle(handleOf(grpc, taken, now));
  if (stored.tag !== undefined) system.setTag(stored.tag);
  if (stored.key !== undefined) system.setKeysList(stored.key.split(' '));
  if (all.__SHARDINGKEY !== undefined) system.setMessageGroup(all.__SHARDINGKEY);
  if (all.TRACE_CONTEXT !== undefined) system.setTraceContext(all.TRACE_CONTEXT);
  const deliverAt = timeIn(all.TIMER_DELIVER_MS);
  if (deliverAt !== undefined) system.setDeliveryTimestamp(timestamp(deliverAt));
  if (all.DLQ_ORIGIN_TOPIC !== undefined && all.DLQ_ORIGIN_MESSAGE_ID !== undefined) {
    const origin = new definition.DeadLetterQueue()
      .setTopic(all.DLQ_ORIGIN_TOPIC)
      .setMessageId(all.DLQ_ORIGIN_MESSAGE_ID);
    system.setDeadLetterQueue(origin);
  }
  return system;
}

/** The time that a property says; a remoting client may have written anything into it. */
function timeIn(property: string | undefined): number | undefined {
  const ms = Number(property);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

function typeOf(properties: Readonly<Record<string, string>>): MessageType {
  if (properties.TIMER_DELIVER_MS !== undefined) return types.DELAY;
  return properties.__SHARDINGKEY === undefined ? types.NORMAL : types.FIFO;
}

/** The sender's IPv4 address as it is stored; empty where it is an IPv6 one. */
function bornHost(data: Buffer): string {
  const isIpv6 = (data.readInt32BE(36) & 0x10) !== 0;
  return isIpv6 ? '' : data.subarray(48, 52).join('.');
}
