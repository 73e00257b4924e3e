import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareLines, writeLines } from './lines.js';
import { ownedFolder, removeFolder } from './owned.js';

/** The judge of the end-to-end tests must see every kind of damage. */
test('lines that are missing, doubled, out of order or damaged are counted', async () => {
  const folder = await ownedFolder('lines');
  try {
    const inputs = [join(folder, '0'), join(folder, '1')];
    const output = join(folder, 'out');
    await Promise.all(inputs.map((path, n) => writeLines(path, n, 3000)));
    const [first = [], second = []] = await Promise.all(
      inputs.map(async (path) => (await readFile(path, 'utf8')).split('\n')),
    );
    assert.equal(first.length, 3000);
    assert.ok(first.some((text) => Buffer.byteLength(text) === 1_048_576));
    assert.equal(first.filter((text) => text === '').length, 3);

    const all = [...first.slice(0, 10), ...second, ...first.slice(10)];
    const arrival = async (lines: string[]) => {
      await writeFile(output, lines.join('\n') + '\n');
      return compareLines(inputs, output);
    };
    const good = { expected: 6000, missing: 0, duplicates: 0, disordered: 0, damaged: 0 };
    assert.deepEqual(await arrival(all), good);
    assert.deepEqual(await arrival([...all, all[5] ?? '', '']), { ...good, duplicates: 2 });
    assert.deepEqual(await arrival([...all.slice(0, 4), ...all.slice(5)]), { ...good, missing: 1 });
    assert.deepEqual(await arrival(all.filter((text) => text !== '')), { ...good, missing: 6 });
    assert.deepEqual(await arrival([...all.slice(1, 3), all[0] ?? '', ...all.slice(3)]), {
      ...good,
      disordered: 1,
    });
    assert.deepEqual(await arrival([...all.slice(0, -1), `${all.at(-1) ?? ''}!`]), {
      ...good,
      missing: 1,
      damaged: 1,
    });
  } finally {
    await removeFolder(folder);
  }
});
