import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { CorruptFileError, JsonFile } from '../../src/store/json-file.js';
import { temporaryFolder } from '../temp-folder.js';

const schema = z.object({ version: z.literal(1), count: z.number() });

test('reads back what it wrote, and leaves nothing else behind', async (t) => {
  const folder = await temporaryFolder(t);
  const file = new JsonFile(join(folder, 'a.json'), schema);
  assert.equal(await file.read(), null);
  for (const durable of [true, false]) {
    await file.write({ version: 1, count: 2 }, { durable });
    assert.deepEqual(await file.read(), { version: 1, count: 2 });
  }
  assert.deepEqual(await readdir(folder), ['a.json']);
});

test('leaves nothing behind where it cannot write', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'a.json', 'in-the-way'), { recursive: true });
  const file = new JsonFile(join(folder, 'a.json'), schema);
  await assert.rejects(file.write({ version: 1, count: 2 }, { durable: true }));
  assert.deepEqual(await readdir(folder), ['a.json']);
});

test('names a corrupt file and does not touch it', async (t) => {
  const path = join(await temporaryFolder(t), 'a.json');
  const file = new JsonFile(path, schema);
  for (const [content, reason] of [
    ['{"version":1,"cou', /not JSON/],
    ['', /not JSON/],
    ['{"version":2,"count":1}', /version/],
    ['{"version":1,"count":"1"}', /count/],
    ['[1]', /cannot be read \(Invalid input/],
  ] as const) {
    await writeFile(path, content);
    await assert.rejects(file.read(), (error: unknown) => {
      assert.ok(error instanceof CorruptFileError);
      assert.ok(error.message.startsWith(path));
      assert.match(error.message, reason);
      return true;
    });
    assert.equal(await readFile(path, 'utf8'), content);
  }
});
