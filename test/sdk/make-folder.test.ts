import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from '../../src/sdk/index.js';
import { temporaryFolder } from '../temp-folder.js';

test('makes what is missing above a folder, and is content with what is there', async (t) => {
  const folder = join(await temporaryFolder(t), 'a/b/c');
  await Promise.all([makeFolder(folder), makeFolder(folder)]);
  await makeFolder(folder);
  assert.ok((await stat(folder)).isDirectory());
});

test('says what is in its way', async (t) => {
  const file = join(await temporaryFolder(t), 'file');
  await writeFile(file, '');
  await assert.rejects(makeFolder(file), { code: 'EEXIST' });
  await assert.rejects(makeFolder(join(file, 'below')), { code: 'ENOTDIR' });
});

test(
  'comes back from where nothing can be made',
  { skip: !existsSync('/proc/self') && 'no /proc' },
  async () => {
    await assert.rejects(makeFolder('/proc/nothing/below'), { code: 'ENOENT' });
  },
);
