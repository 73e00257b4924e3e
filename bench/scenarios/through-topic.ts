import { writeInput } from '../load.js';
import type { Scenario } from '../scenario.js';
import { bareCopy, generateToNull, kafkaConnectThrough, workerThrough } from '../sides/through-topic.js';
import { allSizes, load, sizes } from './sizes.js';

/** File to topic to file at once, by the size of the lines. */
export const fileToFile: readonly Scenario[] = allSizes.map((size) => ({
  name: `file-to-file${size.suffix}`,
  about: `4 files of ${size.text} lines through 4 queues into one file, in one worker`,
  compares: 'records_per_s',
  bars: [],
  prepare: async (stage) => {
    const of = load(stage, size);
    const input = await writeInput(stage.folder, { files: 4, lines: of.count, bytes: of.bytes });
    return {
      measured: workerThrough('rmq-connect', stage, of, input),
      references: [bareCopy(stage, of), kafkaConnectThrough(stage, of, input)],
    };
  },
}));

/** Without files on either side. */
export const generate: readonly Scenario[] = allSizes.map((size) => ({
  name: `generate-to-null${size.suffix}`,
  about: `made-up ${size.text} records through 4 queues to a stdout that nobody reads, in one worker`,
  compares: 'records_per_s',
  bars: [],
  prepare: (stage) => {
    const of = load(stage, size);
    return Promise.resolve({ measured: generateToNull(stage, of), references: [bareCopy(stage, of)] });
  },
}));

export const embedded: Scenario = {
  name: 'embedded',
  about: '4 files of 100-byte lines through 4 queues of the broker in the worker, into one file',
  compares: 'records_per_s',
  bars: [{ against: 'apart', atLeast: 0.5 }],
  prepare: async (stage) => {
    const of = load(stage, sizes.small);
    const input = await writeInput(stage.folder, { files: 4, lines: of.count, bytes: of.bytes });
    return {
      measured: workerThrough('in-process', stage, of, input, { embedded: true }),
      references: [workerThrough('apart', stage, of, input)],
    };
  },
};
