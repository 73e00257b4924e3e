import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchOptions } from '../../bench/options.js';
import { scenarios } from '../../bench/scenarios/index.js';

test('reads its arguments', () => {
  assert.deepEqual(
    benchOptions(['backlog', '--quick', '--on', 'embedded', '--against', 'bare-send,bare-pull']),
    {
      scenarios: ['backlog'],
      list: false,
      help: false,
      json: null,
      rounds: 2,
      quick: true,
      on: 'embedded',
      against: ['bare-send', 'bare-pull'],
      profiles: null,
    },
  );
  assert.equal(benchOptions([]).rounds, 5);
  assert.equal(benchOptions(['--rounds', '3', '--quick']).rounds, 3);
  assert.deepEqual(benchOptions(['--against', '']).against, []);
});

test('says what is wrong with them', () => {
  assert.throws(() => benchOptions(['--rounds', 'x']), /--rounds takes a number/);
  assert.throws(() => benchOptions(['--on', 'moon']), /--on takes real or embedded, not moon/);
  assert.throws(() => benchOptions(['--nothing']), /--nothing/);
});

test('every scenario has a name of its own', () => {
  const names = scenarios.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z0-9-]+$/);
});
