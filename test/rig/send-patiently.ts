import { setTimeout as pause } from 'node:timers/promises';
import type { OutMessage, Producer, Queue } from '../../src/rocketmq/cluster.js';
import { RocketmqError } from '../../src/rocketmq/errors.js';

const busyPauseMs = 20;

/** A broker that has too much to do refuses a batch: nothing of it is stored. */
export async function sendPatiently(
  producer: Producer,
  queue: Queue,
  messages: readonly OutMessage[],
): Promise<void> {
  for (;;) {
    try {
      await producer.send(queue, messages);
      return;
    } catch (error) {
      if (!(error instanceof RocketmqError) || error.code !== 'busy') throw error;
    }
    await pause(busyPauseMs);
  }
}
