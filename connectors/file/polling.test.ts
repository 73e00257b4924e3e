import assert from 'node:assert/strict';
import fs from 'node:fs';
import { appendFile, rename, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { it } from 'node:test';
import { Reading } from './reading.test.helper.js';
import { temporaryFolder } from './temporary-folder.test.helper.js';

fs.watch = () => {
  throw new Error('ENOSPC: System limit for number of file watchers reached');
};
syncBuiltinESMExports();

it('sees growth and rotation where the system reports no changes', { timeout: 30_000 }, async (t) => {
  const dir = await temporaryFolder(t);
  const log = join(dir, 'app.log');
  await writeFile(log, 'one\n');
  const reading = await Reading.open(t, dir, { path: 'app.log', poll_ms: 10 });
  await reading.until(1);
  await appendFile(log, 'two\n');
  await reading.until(2);
  await rename(log, `${log}.1`);
  await writeFile(log, 'three\n');
  assert.deepEqual(await reading.until(3), ['app.log: one', 'app.log: two', 'app.log: three']);
});
