import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut } from '../../src/cli/live-region.js';

const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;

test('a line that fits stays as it is', () => {
  assert.equal(cut('four', 4), 'four');
  assert.equal(cut(red('four'), 4), red('four'));
});

test('a longer one ends with an ellipsis, and its colours end too', () => {
  assert.equal(cut('longer', 4), 'lon…');
  assert.equal(cut(`a ${red('longer')} b`, 5), `a ${red('lo…')}`);
  assert.equal(cut(`${red('abc')}def`, 4), `${red('abc')}…`);
});
