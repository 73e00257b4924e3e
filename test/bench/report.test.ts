import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportText } from '../../bench/report.js';
import { resultOf } from '../../bench/results.js';
import type { Scenario } from '../../bench/scenario.js';

const scenario: Pick<Scenario, 'name' | 'about' | 'compares' | 'bars'> = {
  name: 'sample',
  about: 'from here to there',
  compares: 'records_per_s',
  bars: [
    { against: 'slow', atLeast: 2 },
    { against: 'away', atLeast: 1 },
    { figure: 'peak_mb', atMost: 100 },
    { figure: 'records_per_s', atLeast: 400_000 },
    { against: ['slow', 'fast'], atLeast: 2 },
    { against: ['slow', 'away'], atLeast: 2 },
  ],
};

const measured = [
  { records_per_s: 300_000, cpu_s_per_million: 3, peak_mb: 90 },
  { records_per_s: 330_000, cpu_s_per_million: 2, peak_mb: 120 },
  { records_per_s: 360_000, cpu_s_per_million: 4, peak_mb: 130 },
];
const slow = [
  { records_per_s: 100_000, cpu_s_per_million: 6 },
  { records_per_s: 165_000, cpu_s_per_million: 4 },
  { records_per_s: 90_000, cpu_s_per_million: null },
];
const fast = [{ records_per_s: 600_000 }, { records_per_s: 600_000 }, { records_per_s: 600_000 }];

test('the result holds medians, ratios of neighbours, the control and the bars', () => {
  const result = resultOf(scenario, [
    { name: 'ours', runs: measured },
    { name: 'slow', runs: slow },
    { name: 'fast', runs: fast },
  ]);
  assert.deepEqual(result.sides[0]?.median, {
    records_per_s: 330_000,
    cpu_s_per_million: 3,
    peak_mb: 120,
  });
  assert.deepEqual(result.sides[1]?.median, { records_per_s: 100_000, cpu_s_per_million: 5 });
  assert.deepEqual(
    result.ratios.map(({ figure, to, runs }) => ({ figure, to, runs })),
    [
      { figure: 'records_per_s', to: 'slow', runs: [3, 2, 4] },
      { figure: 'cpu_s_per_million', to: 'slow', runs: [0.5, 0.5] },
      { figure: 'records_per_s', to: 'fast', runs: [0.5, 0.55, 0.6] },
    ],
  );
  assert.deepEqual(result.ratios[0]?.spread, { median: 3, min: 2, max: 4, of: 3 });
  assert.equal(result.control?.runs.length, 2);
  assert.deepEqual(
    result.bars.map(({ value, holds }) => ({ value, holds })),
    [
      { value: 3, holds: true },
      { value: null, holds: null },
      { value: 120, holds: false },
      { value: 330_000, holds: false },
      { value: 3, holds: true },
      { value: null, holds: null },
    ],
  );
});

test('the table shows what was measured, and says what is not known and what does not apply', () => {
  const result = resultOf(scenario, [
    { name: 'ours', runs: [{ records_per_s: 250_000, peak_mb: null }] },
    { name: 'slow', runs: [{ records_per_s: 100_000 }] },
  ]);
  assert.equal(
    reportText(result),
    [
      'sample: from here to there',
      '      RECORDS/S  PEAK MB',
      'ours    250,000  unknown',
      'slow    100,000        -',
      'ours / slow, records/s: 2.50 (2.50 to 2.50)',
      'bar: at least 2 x slow: holds',
      'bar: at least 1 x away: not measured',
      'bar: peak MB at most 100: not measured',
      'bar: records/s at least 400000: MISSED (250,000)',
      'bar: at least 2 x the slower of slow and fast: not measured',
      'bar: at least 2 x the slower of slow and away: not measured',
    ].join('\n'),
  );
});
