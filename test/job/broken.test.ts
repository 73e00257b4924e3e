import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { brokenFiles, brokenFolder, loadBroken, rendered } from './broken-files.js';

const files = await brokenFiles();

test('there are fifty broken job files and more, each with what is expected beside it', async () => {
  assert.ok(files.length >= 50, `${files.length} files`);
  const expected = files.map((name) => name.replace('.yaml', '.expected.txt'));
  const there = (await readdir(brokenFolder)).filter((name) => name.endsWith('.expected.txt')).sort();
  assert.deepEqual(there, expected);
});

for (const name of files) {
  test(`broken: ${name}`, async () => {
    const expected = await readFile(path.join(brokenFolder, name.replace('.yaml', '.expected.txt')), 'utf8');
    const loaded = await loadBroken(name);
    assert.equal(rendered(loaded), expected);
    assert.ok(
      loaded.problems.some(({ severity }) => severity === 'error'),
      'nothing but warnings',
    );
    assert.deepEqual(loaded.jobs, []);
  });
}

test('no problem shows a secret of the fixtures', async () => {
  for (const name of files) {
    const shown = JSON.stringify((await loadBroken(name)).problems);
    for (const secret of ['hunter2secret', 'swordfish', 'a-long-key', '1234567', 'long enough']) {
      assert.ok(!shown.includes(secret), `${name} shows ${secret}`);
    }
  }
});
