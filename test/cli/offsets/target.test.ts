import assert from 'node:assert/strict';
import { Command } from 'commander';
import { test } from 'node:test';
import { parseIsoDuration } from '../../../src/cli/offsets/iso-duration.js';
import {
  targetOf,
  withTargetOptions,
  type Target,
  type TargetOptions,
} from '../../../src/cli/offsets/target.js';

const now = Date.parse('2026-01-31T12:00:00Z');

function asked(...args: readonly string[]): Target | null {
  const command = withTargetOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return targetOf(command.parse(args, { from: 'user' }).opts<TargetOptions>(), now);
}

test('durations of ISO 8601', () => {
  const cases: readonly (readonly [string, number | null])[] = [
    ['PT1H', 3_600_000],
    ['P1D', 86_400_000],
    ['P1W', 604_800_000],
    ['P1DT2H3M4.5S', 93_784_500],
    ['PT0.5H', 1_800_000],
    ['P', null],
    ['PT', null],
    ['P1DT', null],
    ['1H', null],
    ['P1M', null],
    ['P1Y', null],
    ['PT-1H', null],
    ['', null],
  ];
  for (const [text, ms] of cases) assert.equal(parseIsoDuration(text), ms, text);
});

test('the place that is asked for', () => {
  assert.equal(asked('--to', 'earliest'), 'earliest');
  assert.equal(asked('--to', 'latest'), 'latest');
  assert.deepEqual(asked('--to', '42'), { offset: 42 });
  assert.deepEqual(asked('--to', '1769860800000'), { time: 1_769_860_800_000 });
  assert.deepEqual(asked('--to', '2026-01-31T08:00:00Z'), { time: Date.parse('2026-01-31T08:00:00Z') });
  assert.deepEqual(asked('--shift', '-10'), { shift: -10 });
  assert.deepEqual(asked('--shift', '+10'), { shift: 10 });
  assert.deepEqual(asked('--by', 'PT1H'), { time: now - 3_600_000 });
  assert.deepEqual(asked('--by', '30m'), { time: now - 1_800_000 });
  assert.equal(asked(), null);
  assert.throws(() => asked('--to', 'earliest', '--shift', '1'), /only one of/);
  for (const wrong of [
    ['--to', 'yesterday'],
    ['--to', '-1'],
    ['--shift', '1.5'],
    ['--by', '1 hour'],
  ]) {
    assert.throws(() => asked(...wrong), { code: 'commander.invalidArgument' });
  }
});
