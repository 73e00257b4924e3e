import type { Queue } from './cluster.js';

/** `topic/broker/0`: a queue in messages, and as a key. */
export function queueName({ topic, broker, queue }: Queue): string {
  return `${topic}/${broker}/${String(queue)}`;
}
