import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataDirOption, defaultDataDir } from '../../src/cli/data-dir-option.js';

test('a suggested command looks into the same data directory', () => {
  assert.equal(dataDirOption(defaultDataDir()), '');
  assert.equal(dataDirOption('/var/lib/rmq'), ' --data-dir /var/lib/rmq');
  assert.equal(dataDirOption('/my data'), " --data-dir '/my data'");
  assert.equal(dataDirOption("/$a's"), " --data-dir '/$a'\\''s'");
});
