import type { Scenario } from '../scenario.js';
import { bareSend } from '../sides/into-topic.js';
import { mirrorOf, steadyMirror } from '../sides/mirror.js';
import { barePull, fillTopic } from '../sides/out-of-topic.js';
import { load, sizes } from './sizes.js';

/** From one RocketMQ to another, beside the two halves of it alone. */
export const mirror: readonly Scenario[] = [sizes.small, sizes.middle].map((size) => ({
  name: `mirror${size.suffix}`,
  about: `${size.text} messages out of 4 queues of one RocketMQ into 4 of another, exactly once`,
  compares: 'records_per_s',
  bars: [
    { against: ['bare-pull', 'bare-send'], atLeast: 0.6 },
    // Four times what MirrorMaker 2 does at 1 KiB.
    ...(size.bytes === 1024 ? [{ figure: 'records_per_s', atLeast: 100_000 } as const] : []),
  ],
  prepare: async (stage) => {
    const filled = await fillTopic(stage, load(stage, size));
    return {
      measured: mirrorOf(stage, filled),
      references: [barePull(filled), bareSend(stage, load(stage, size))],
    };
  },
}));

const rate = 1_000;
const seconds = 30;
const quickSeconds = 2;
/** Not counted: the route starts up meanwhile, and its code is compiled. */
const skippedPart = 1 / 3;

/** At a rate that nothing is busy with. */
export const mirrorLatency: Scenario = {
  name: 'mirror-latency',
  about: `${String(rate)} messages a second through one queue: from stored in one RocketMQ to stored in the other`,
  compares: 'p50_ms',
  bars: [{ figure: 'p99_ms', atMost: 50 }],
  prepare: (stage) => {
    const count = rate * (stage.quick ? quickSeconds : seconds);
    return Promise.resolve({
      measured: steadyMirror(stage, { count, rate, skipped: count * skippedPart }),
      references: [],
    });
  },
};
