import { javaHash } from '../storage/stored-properties.js';

const multiplier = 2_862_933_555_777_941_757n;
const mask = (1n << 64n) - 1n;

/**
 * The queue of a message group: the one a proxy of RocketMQ takes, which spreads by Guava's
 * `Hashing.consistentHash` (a jump consistent hash) of the group's Java hash.
 */
export function fifoQueue(messageGroup: string, queues: number): number {
  let state = BigInt.asUintN(64, BigInt(javaHash(messageGroup)));
  let candidate = 0;
  for (;;) {
    state = (state * multiplier + 1n) & mask;
    const step = (Number(BigInt.asIntN(32, state >> 33n)) + 1) / 2 ** 31;
    const next = Math.trunc((candidate + 1) / step);
    if (next < 0 || next >= queues) return candidate;
    candidate = next;
  }
}
