import { createHash } from 'node:crypto';
import type { Queue } from '../rocketmq/cluster.js';
import { decodeProperties, keysProperty, uniqueKeyProperty } from '../rocketmq/remoting/codec/properties.js';

/** The same queue for the same key, as long as the topic has as many: by the sharding key, else the key, else the id. */
export function queueByKey(queues: readonly Queue[], passed: Buffer): Queue | null {
  const properties = decodeProperties(passed.toString());
  const key = properties.__SHARDINGKEY ?? properties[keysProperty] ?? properties[uniqueKeyProperty] ?? '';
  const hash = createHash('sha1').update(key).digest().readUInt32BE(0);
  return queues[hash % queues.length] ?? null;
}
