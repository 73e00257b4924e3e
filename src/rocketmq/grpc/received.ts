import type { StoredMessage } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import { decompress } from '../remoting/codec/compression.js';
import { keysProperty, setProperty, tagsProperty, uniqueKeyProperty } from '../remoting/codec/properties.js';
import { Encoding, type Message } from './client-package.js';
import { emptyProperty, standsForEmpty } from './empty-body.js';
import { laneBroker } from '../lane-broker.js';

/** A message as a proxy delivered it, before it has its place among the others. */
export interface Received {
  readonly id: string;
  /** Counts from 1. */
  readonly attempt: number;
  readonly receipt: string;
  /** The message at a place of our own count. */
  at(offset: number): StoredMessage;
}

/** Throws `protocol` where the body is not what it says. */
export async function received(message: Message, topic: string): Promise<Received> {
  const system = message.getSystemProperties();
  if (system === undefined)
    throw new RocketmqError('protocol', `a message of topic ${topic} has no properties`);
  const id = system.getMessageId();
  const properties: Record<string, string> = {};
  const sent = await bodyOf(message, topic, id);
  const isEmpty = standsForEmpty(sent, message.getUserPropertiesMap().get(emptyProperty));
  const body = isEmpty ? sent.subarray(0, 0) : sent;
  for (const [name, value] of message.getUserPropertiesMap().entries()) {
    if (!isEmpty || name !== emptyProperty) setProperty(properties, name, value);
  }
  const keys = system.getKeysList();
  const key = keys.length === 0 ? undefined : keys.join(' ');
  const tag = system.getTag() === '' ? undefined : system.getTag();
  const attempt = Math.max(1, system.getDeliveryAttempt() ?? 1);
  const bornAt = system.getBornTimestamp()?.toDate().getTime() ?? 0;
  const content = {
    topic,
    broker: laneBroker,
    queue: 0,
    body,
    bodyBytes: body.length,
    key,
    tag,
    id,
    properties,
    property: (name: string) => properties[name],
    propertyIs: (name: string, value: Buffer) => properties[name] === value.toString(),
    allProperties: {
      ...properties,
      ...(key === undefined ? {} : { [keysProperty]: key }),
      ...(tag === undefined ? {} : { [tagsProperty]: tag }),
      [uniqueKeyProperty]: id,
    },
    bornAt,
    storedAt: system.getStoreTimestamp()?.toDate().getTime() ?? bornAt,
    reconsumeTimes: attempt - 1,
  };
  return { id, attempt, receipt: system.getReceiptHandle() ?? '', at: (offset) => ({ ...content, offset }) };
}

/**
 * A proxy says GZIP of every compressed body, whatever compressed it: Java remoting producers use zlib by
 * default, and LZ4 or zstd if told to. The first bytes tell. SimpleConsumer.receive of 1.0.8 knows gzip
 * only, and loses the whole batch until it comes again; this can go when it knows them all.
 */
async function bodyOf(message: Message, topic: string, id: string): Promise<Buffer> {
  const bytes = message.getBody_asU8();
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (message.getSystemProperties()?.getBodyEncoding() !== Encoding.GZIP) return body;
  try {
    return await inflated(body);
  } catch (cause) {
    throw new RocketmqError('protocol', `message ${id} of topic ${topic}: its body cannot be decompressed`, {
      cause,
    });
  }
}

/** As in the sysFlag of stored messages: bit 0 compressed, bits 8 to 10 how. */
const lz4 = 0x101;
const zstd = 0x201;
const zlib = 0x301;

async function inflated(body: Buffer): Promise<Buffer> {
  const magic = body.length < 4 ? 0 : body.readUInt32BE(0);
  if (magic >>> 16 === 0x1f8b) {
    const { gunzipSync } = await import('node:zlib');
    return gunzipSync(body, { maxOutputLength: maxInflatedBytes });
  }
  if (magic === 0x04224d18) return decompress(body, lz4);
  if (magic === 0x28b52ffd) return decompress(body, zstd);
  return decompress(body, zlib);
}

const maxInflatedBytes = 134_217_728;
