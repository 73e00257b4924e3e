import { tenthFigures } from '../meters/arrival.js';
import type { Bar, Scenario } from '../scenario.js';
import { writeInput } from '../load.js';
import { bareSend, javaSend, kafkaConnectInto, oneConnector, workerInto } from '../sides/into-topic.js';
import { allSizes, load, sizes } from './sizes.js';

/** File to topic, by the size of the lines. */
export const fileToTopic: readonly Scenario[] = allSizes.map((size) => ({
  name: `file-to-topic${size.suffix}`,
  about: `4 files of ${size.text} lines into 4 queues`,
  compares: 'records_per_s',
  bars: barsInto(size.bytes),
  prepare: async (stage) => {
    const of = load(stage, size);
    const input = await writeInput(stage.folder, { files: 4, lines: of.count, bytes: of.bytes });
    return {
      measured: workerInto('rmq-connect', stage, of, input, oneConnector()),
      references: [bareSend(stage, of), javaSend(stage, of), kafkaConnectInto(stage, of, input)],
    };
  },
}));

function barsInto(bytes: number): readonly Bar[] {
  if (bytes === 100) {
    return [
      { against: 'bare-send', atLeast: 0.6 },
      { against: 'kafka-connect', atLeast: 1.2 },
    ];
  }
  return bytes === 1024 ? [{ against: 'bare-send', atLeast: 0.7 }] : [];
}

/** By the number of queues. */
export const queuesIn: readonly Scenario[] = [1, 4, 16].map((queues) => ({
  name: `queues-in-${String(queues)}`,
  about: `4 files of 100-byte lines, \`order: none\`, into ${String(queues)} queues`,
  compares: 'records_per_s',
  bars: [],
  prepare: async (stage) => {
    const of = load(stage, sizes.small, queues);
    const input = await writeInput(stage.folder, { files: 4, lines: of.count, bytes: of.bytes });
    return {
      measured: workerInto('rmq-connect', stage, of, input, oneConnector('none')),
      references: [bareSend(stage, of)],
    };
  },
}));

export const oneFile: readonly Scenario[] = [
  {
    name: 'one-file',
    about: 'one file of 100-byte lines, kept in order: into one of 4 queues',
    compares: 'records_per_s',
    bars: [{ against: 'bare-send', atLeast: 0.6 }],
    prepare: async (stage) => {
      const of = load(stage, sizes.small);
      const input = await writeInput(stage.folder, { files: 1, lines: of.count, bytes: of.bytes });
      return {
        measured: workerInto('rmq-connect', stage, of, input, oneConnector()),
        references: [bareSend(stage, { ...of, queues: 1 }), kafkaConnectInto(stage, of, input)],
      };
    },
  },
  {
    name: 'one-file-spread',
    about: 'one file of 100-byte lines, `order: none`, into 4 queues',
    compares: 'records_per_s',
    bars: [
      { against: 'bare-send', atLeast: 0.6 },
      { against: 'kafka-connect', atLeast: 1.2 },
    ],
    prepare: async (stage) => {
      const of = load(stage, sizes.small);
      const input = await writeInput(stage.folder, { files: 1, lines: of.count, bytes: of.bytes });
      return {
        measured: workerInto('rmq-connect', stage, of, input, oneConnector('none')),
        references: [bareSend(stage, of), kafkaConnectInto(stage, of, input)],
      };
    },
  },
];

export const largeFile: Scenario = {
  name: 'large-file',
  about: 'one file of 1 GiB, 100-byte lines, into one queue: the last tenth beside the first',
  compares: 'records_per_s',
  bars: [{ figure: 'last_to_first', atLeast: 0.9 }],
  mostRounds: 1,
  prepare: async (stage) => {
    const count = Math.floor(2 ** 30 / 101 / (stage.quick ? 40 : 1));
    const of = { bytes: 100, count, queues: 4 };
    const input = await writeInput(stage.folder, { files: 1, lines: of.count, bytes: of.bytes });
    return {
      measured: workerInto('rmq-connect', stage, of, input, oneConnector(), tenthFigures),
      references: [],
    };
  },
};
