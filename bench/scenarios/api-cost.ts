import { writeInput } from '../load.js';
import type { Scenario } from '../scenario.js';
import { workerServing } from '../sides/into-topic.js';
import { load, sizes } from './sizes.js';

/** Prometheus asks every 15 s unless it is told otherwise. */
const scrapeEveryMs = 5_000;
/** Longer runs than others, for some scrapes to be in them. */
const times = 3;

export const apiCost: Scenario = {
  name: 'api-cost',
  about: `file-to-topic with the API on and its metrics scraped every ${String(scrapeEveryMs / 1000)} s`,
  compares: 'records_per_s',
  bars: [{ against: 'no-api', atLeast: 0.97 }],
  prepare: async (stage) => {
    const size = { ...sizes.small, count: sizes.small.count * times };
    const of = load(stage, size);
    const input = await writeInput(stage.folder, { files: 4, lines: of.count, bytes: of.bytes });
    return {
      measured: workerServing('with-api', stage, of, input, scrapeEveryMs),
      references: [workerServing('no-api', stage, of, input, null)],
    };
  },
};
