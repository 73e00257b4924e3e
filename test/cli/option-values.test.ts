import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgumentError } from 'commander';
import { durationOption, parseDuration, portOption, wholeNumberOption } from '../../src/cli/option-values.js';

test('a duration is a number with a unit', () => {
  assert.equal(parseDuration('500ms'), 500);
  assert.equal(parseDuration('30s'), 30_000);
  assert.equal(parseDuration('1.5s'), 1_500);
  assert.equal(parseDuration('5m'), 300_000);
  assert.equal(parseDuration('2h'), 7_200_000);
  assert.equal(parseDuration('1d'), 86_400_000);
  for (const wrong of ['30', '', 's', '-1s', '1 s', '1w', 'soon', '1e3s']) {
    assert.equal(parseDuration(wrong), null, wrong);
  }
  assert.throws(() => durationOption('30'), InvalidArgumentError);
});

test('whole numbers and ports are just that', () => {
  assert.equal(wholeNumberOption('0'), 0);
  assert.equal(wholeNumberOption('1000'), 1000);
  for (const wrong of ['-1', '1.5', 'ten', '', '1e3', '99999999999999999999']) {
    assert.throws(() => wholeNumberOption(wrong), InvalidArgumentError, wrong);
  }
  assert.equal(portOption('65535'), 65_535);
  assert.throws(() => portOption('65536'), InvalidArgumentError);
});
