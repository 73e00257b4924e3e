import { mkdtemp } from 'node:fs/promises';
import { writeInput } from '../load.js';
import type { Scenario } from '../scenario.js';
import { connectorEachFile, oneConnector, workerInto } from '../sides/into-topic.js';
import { load, sizes } from './sizes.js';

/** The same lines by many connectors, against one connector with four tasks. */
export const connectors: readonly Scenario[] = [10, 100, 500].map((count) => ({
  name: `connectors-${String(count)}`,
  about: `${String(count)} connectors with a file of 100-byte lines each, into 4 queues; the same total as one connector`,
  compares: 'records_per_s',
  bars: count === 100 ? [{ against: 'one-connector', atLeast: 0.8 }] : [],
  prepare: async (stage) => {
    const of = load(stage, sizes.small);
    const write = (folder: string, files: number) =>
      writeInput(folder, { files, lines: of.count, bytes: of.bytes });
    const many = await write(await mkdtemp(`${stage.folder}/many-`), count);
    const few = await write(await mkdtemp(`${stage.folder}/few-`), 4);
    return {
      measured: workerInto(`${String(count)}-connectors`, stage, of, many, connectorEachFile),
      references: [workerInto('one-connector', stage, of, few, oneConnector())],
    };
  },
}));
