import type { Scenario } from '../scenario.js';
import { bareSend } from '../sides/into-topic.js';
import { mirrorOf } from '../sides/mirror.js';
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
