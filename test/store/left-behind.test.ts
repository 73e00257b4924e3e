import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { DataDir } from '../../src/store/data-dir.js';
import { temporaryFolder } from '../temp-folder.js';

test('a worker that starts clears away what dead ones were writing, and nothing else', async (t) => {
  const root = await temporaryFolder(t);
  const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
  const connector = join(root, 'connectors', 'orders');
  await mkdir(connector, { recursive: true });
  for (const folder of [root, connector]) {
    await writeFile(join(folder, `status.json.${String(dead)}.tmp`), '{');
    await writeFile(join(folder, `other.json.${String(process.pid)}.tmp`), '{');
    await writeFile(join(folder, 'status.json'), '{}');
  }
  const lock = await new DataDir(root).lock();
  t.after(() => lock.release());
  for (const folder of [root, connector]) {
    const left = (await readdir(folder)).filter((name) => name.includes('.json'));
    assert.deepEqual(left.sort(), [`other.json.${String(process.pid)}.tmp`, 'status.json']);
  }
});
