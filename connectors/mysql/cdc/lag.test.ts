import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLag } from './lag.js';

test('how far a binlog is: nothing only at its very end, and unknown where the place is not in it', () => {
  const files = [
    { file: 'binlog.000007', size: 500 },
    { file: 'binlog.000008', size: 200 },
  ];
  const end = { file: 'binlog.000008', pos: 200 };
  const unknown = { records: null, bytes: null, seconds: null };
  const lagAt = (file: string, pos: number) => logLag({ file, pos }, end, files);
  assert.deepEqual(lagAt('binlog.000008', 200), { records: 0, bytes: 0, seconds: 0 });
  assert.deepEqual(lagAt('binlog.000007', 400), { records: null, bytes: 300, seconds: null });
  assert.deepEqual(lagAt('binlog.000008', 201), unknown, 'behind the end');
  assert.deepEqual(lagAt('binlog.000009', 4), unknown, 'the log was begun anew');
  assert.deepEqual(lagAt('binlog.000006', 4), unknown, 'the file is gone');
});
