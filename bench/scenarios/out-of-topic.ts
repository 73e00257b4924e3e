import { tenthFigures } from '../meters/arrival.js';
import type { Bar, Scenario } from '../scenario.js';
import { barePull, fillTopic, javaPull, kafkaConnectOutOf, workerOutOf } from '../sides/out-of-topic.js';
import { allSizes, load, sizes } from './sizes.js';

/** Topic to file, by the size of the messages. */
export const topicToFile: readonly Scenario[] = allSizes.map((size) => ({
  name: `topic-to-file${size.suffix}`,
  about: `${size.text} messages out of 4 queues into one file`,
  compares: 'records_per_s',
  bars: barsOut(size.bytes),
  prepare: async (stage) => {
    const filled = await fillTopic(stage, load(stage, size));
    return {
      measured: workerOutOf(stage, filled),
      references: [barePull(filled), javaPull(filled), kafkaConnectOutOf(stage, filled)],
    };
  },
}));

function barsOut(bytes: number): readonly Bar[] {
  if (bytes === 100) {
    return [
      { against: 'bare-pull', atLeast: 0.5 },
      { against: 'kafka-connect', atLeast: 1 },
    ];
  }
  return bytes === 1024 ? [{ against: 'bare-pull', atLeast: 0.7 }] : [];
}

/** By the number of queues. */
export const queuesOut: readonly Scenario[] = [1, 4, 16].map((queues) => ({
  name: `queues-out-${String(queues)}`,
  about: `100-byte messages out of ${String(queues)} queues into one file`,
  compares: 'records_per_s',
  bars: [],
  prepare: async (stage) => {
    const filled = await fillTopic(stage, load(stage, sizes.small, queues));
    return { measured: workerOutOf(stage, filled), references: [barePull(filled)] };
  },
}));

export const backlog: Scenario = {
  name: 'backlog',
  about: '10 million 100-byte messages out of 4 queues into one file: the last tenth beside the first',
  compares: 'records_per_s',
  bars: [{ figure: 'last_to_first', atLeast: 0.9 }],
  mostRounds: 1,
  prepare: async (stage) => {
    const filled = await fillTopic(stage, {
      bytes: 100,
      count: stage.quick ? 400_000 : 10_000_000,
      queues: 4,
    });
    return { measured: workerOutOf(stage, filled, tenthFigures), references: [] };
  },
};
