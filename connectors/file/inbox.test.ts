/** Folders of whole files: markers, what becomes of a file when it is done, Parquet. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { parquetWriteFile } from 'hyparquet-writer';
import type { JsonObject, Position } from '../../src/sdk/index.js';
import { Reading } from './reading.test.helper.js';
import { temporaryFolder } from './temporary-folder.test.helper.js';

async function inbox(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await temporaryFolder(t);
  await mkdir(join(dir, 'in'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, 'in', name), text);
  return dir;
}

const names = async (dir: string, folder = 'in'): Promise<readonly string[]> =>
  (await readdir(join(dir, folder))).sort();

/** Reads all there is, as if all were stored then. */
async function readAndStore(t: TestContext, dir: string, config: JsonObject): Promise<Reading> {
  const reading = await Reading.open(t, dir, { path: 'in', ...config }, { once: true });
  await reading.toEnd();
  await reading.commit();
  return reading;
}

it('a folder is all files right in it', async (t) => {
  const dir = await inbox(t, { 'a.txt': 'a\n', 'b.txt': 'b\n', '.hidden': 'no\n' });
  await mkdir(join(dir, 'in/deeper'));
  await writeFile(join(dir, 'in/deeper/c.txt'), 'no\n');
  const reading = await readAndStore(t, dir, {});
  assert.deepEqual(reading.lines, ['in/a.txt: a', 'in/b.txt: b']);
});

it('with a marker, files are read once theirs is there', async (t) => {
  const dir = await inbox(t, { 'a.txt': 'a\n', 'a.txt.ready': '', 'b.txt': 'b\n' });
  const reading = await readAndStore(t, dir, { marker: '.ready' });
  assert.deepEqual(reading.lines, ['in/a.txt: a']);
});

it('a file that is stored is marked, moved or deleted, its marker with it', async (t) => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    mark: ['a.txt', 'a.txt.done', 'a.txt.ready'],
    move: ['done'],
    delete: [],
  };
  for (const [when_done, left] of Object.entries(expected)) {
    const dir = await inbox(t, { 'a.txt': 'a\nb', 'a.txt.ready': '' });
    const reading = await readAndStore(t, dir, { when_done, marker: '.ready' });
    assert.deepEqual(reading.lines, ['in/a.txt: a', 'in/a.txt: b']);
    assert.deepEqual(await names(dir), left, when_done);
    if (when_done !== 'move') continue;
    assert.equal(await readFile(join(dir, 'in/done/a.txt'), 'utf8'), 'a\nb');
  }
});

it('a name that is taken in the folder of what is done gets a number', async (t) => {
  const dir = await inbox(t, { 'a.txt': 'new\n' });
  await mkdir(join(dir, 'in/done'));
  await writeFile(join(dir, 'in/done/a.txt'), 'old\n');
  await readAndStore(t, dir, { when_done: 'move' });
  assert.deepEqual(await names(dir, 'in/done'), ['a.txt', 'a.txt.00001']);
});

it('nothing is done to a file before all of it is stored, nor to one that has grown', async (t) => {
  const dir = await inbox(t, { 'a.txt': 'a\nb\n' });
  const reading = await Reading.open(t, dir, { path: 'in', when_done: 'delete' }, { once: true });
  await reading.until(1);
  const [first] = reading.all;
  await reading.commit('in/a.txt', first?.position ?? null);
  assert.deepEqual(await names(dir), ['a.txt']);
  await reading.toEnd();
  await appendFile(join(dir, 'in/a.txt'), 'c\n');
  await reading.commit();
  assert.deepEqual(await names(dir), ['a.txt']);
  assert.match(reading.warnings.join(), /has grown after it was read to its end/);
});

it('what a crash left undone is done at the next start; another file of the name is read', async (t) => {
  const dir = await inbox(t, { 'a.txt': 'a\n' });
  const config = { path: 'in', when_done: 'delete' };
  const first = await Reading.open(t, dir, config, { once: true });
  await first.toEnd();
  const positions: ReadonlyMap<string, Position> = new Map(first.positions);
  const second = await Reading.open(t, dir, config, { once: true, positions });
  assert.deepEqual(await second.toEnd(), []);
  assert.deepEqual(await names(dir), []);
  await writeFile(join(dir, 'in/.a'), 'A\n');
  await rename(join(dir, 'in/.a'), join(dir, 'in/a.txt'));
  const third = await Reading.open(t, dir, config, { once: true, positions });
  assert.deepEqual(await third.toEnd(), ['in/a.txt: A']);
  assert.deepEqual(third.warnings, []);
});

it('Parquet: every row once, wherever reading goes on', async (t) => {
  const dir = await inbox(t, {});
  const count = 250;
  const ids = Array.from({ length: count }, (_, n) => BigInt(n) + 2n ** 53n - 1n);
  parquetWriteFile({
    filename: join(dir, 'in/rows.parquet'),
    columnData: [
      { name: 'id', data: ids, type: 'INT64' },
      { name: 'name', data: ids.map((id) => (id % 2n === 0n ? null : `é ${id}`)), type: 'STRING' },
      { name: 'at', data: ids.map((_, n) => new Date(n)), type: 'TIMESTAMP' },
      { name: 'raw', data: ids.map((_, n) => Uint8Array.of(n, 255)), type: 'BYTE_ARRAY' },
    ],
    rowGroupSize: 100,
  });
  const config = { path: 'in/rows.parquet', records: 'parquet' };
  const whole = await Reading.open(t, dir, config, { once: true });
  const lines = await whole.toEnd();
  assert.equal(lines.length, count);
  assert.equal(
    lines[2],
    'in/rows.parquet: {"id":"9007199254740993","name":"é 9007199254740993","at":"1970-01-01T00:00:00.002Z","raw":"Av8="}',
  );
  for (const stop of [0, 99, 100, 248]) {
    const positions = new Map([['in/rows.parquet', whole.all[stop]?.position ?? null]]);
    const rest = await Reading.open(t, dir, config, { once: true, positions });
    assert.deepEqual(await rest.toEnd(), lines.slice(stop + 1));
  }
});

it('what is no Parquet file is named', async (t) => {
  const dir = await inbox(t, { 'a.parquet': 'no parquet at all' });
  const reading = await Reading.open(t, dir, { path: 'in', records: 'parquet' }, { once: true });
  await assert.rejects(reading.toEnd(), /a\.parquet: not a Parquet file, or one that is not whole/);
});
