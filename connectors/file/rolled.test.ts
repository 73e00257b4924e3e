/** Files that appear when they are whole. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { RecordsRefused } from '../../src/sdk/index.js';
import { Bench } from './sink-bench.test.helper.js';
import { until } from '../../test/rig/until.js';

const names = async (folder: string): Promise<readonly string[]> => (await readdir(folder)).sort();
const small = { path: 'out/{topic}.txt', roll: { bytes: 4 } };

it('a file appears when it is large enough, under the next number; the rest when the sink is closed', async (t) => {
  const bench = await Bench.open(t);
  const run = await bench.start(small);
  const out = bench.path('out');
  await run.write('a');
  assert.deepEqual(await names(out), ['.acceptance-.txt.part']);
  await run.write('b');
  assert.deepEqual(await names(out), ['acceptance-00001.txt']);
  await run.write('c');
  await run.write('d', 'e');
  assert.deepEqual(await names(out), ['acceptance-00001.txt', 'acceptance-00002.txt']);
  await run.write('f');
  await run.connector.close();
  assert.deepEqual(await Promise.all([1, 2, 3].map((n) => bench.read(`out/acceptance-0000${n}.txt`))), [
    'a\nb\n',
    'c\nd\ne\n',
    'f\n',
  ]);
  assert.equal((await names(out)).length, 3);
});

it('numbers go on behind the files that are there', async (t) => {
  const bench = await Bench.open(t);
  await mkdir(bench.path('out'));
  await writeFile(bench.path('out/part-00041-x.txt'), '');
  const run = await bench.start({ path: 'out/part-{number}-x.txt', roll: { bytes: 1 } });
  await run.write('a');
  assert.equal(await bench.read('out/part-00042-x.txt'), 'a\n');
});

it('a file appears when its first record is old enough', async (t) => {
  const bench = await Bench.open(t);
  const run = await bench.start({ path: 'out/a.txt', roll: { age_ms: 100 } });
  await run.write('a');
  await until('the file', () => bench.read('out/a-00001.txt').catch(() => undefined));
});

it('after a crash what the offsets do not know is cut, and gathering goes on', async (t) => {
  const bench = await Bench.open(t);
  const config = { ...small, roll: { bytes: 1_000 } };
  const first = await bench.start(config);
  await first.write('a', 'b');
  await first.task.flush?.();
  await first.write('c');
  const second = await bench.start(config);
  assert.equal(await second.offset(), 2);
  await second.write('c', 'd');
  await second.connector.close();
  assert.equal(await bench.read('out/acceptance-00001.txt'), 'a\nb\nc\nd\n');
});

it('a crash while a file is being made whole: the next start makes it, once', async (t) => {
  const config = { path: 'out/a.txt.gz', compression: 'gzip', roll: { bytes: 1 } };
  for (const wasMade of [false, true]) {
    const bench = await Bench.open(t);
    const inTheWay = bench.path('out/.a-00001.txt.gz.new');
    await mkdir(inTheWay, { recursive: true });
    const first = await bench.start(config);
    await assert.rejects(first.write('a', 'b'), /cannot make .*a-00001\.txt\.gz: it is a folder/);
    await rm(inTheWay, { recursive: true });
    if (wasMade) await rename(bench.path('out/.a-.txt.gz.part'), bench.path('out/a-00001.txt.gz'));
    const second = await bench.start(config);
    assert.equal(await second.offset(), 2);
    const made = await readFile(bench.path('out/a-00001.txt.gz'));
    assert.equal(wasMade ? made.toString() : gunzipSync(made).toString(), 'a\nb\n');
    assert.deepEqual(await names(bench.path('out')), ['a-00001.txt.gz']);
    assert.deepEqual(bench.warnings, []);
  }
});

it('rows as CSV: all columns, quotes where they are needed, JSON for what is no text', async (t) => {
  const bench = await Bench.open(t);
  const run = await bench.start({ path: 'out/rows.csv', records: 'csv' });
  await run.writeAll([
    { value: { id: 1, name: 'a, "b"\nc', ok: true } },
    { value: null },
    { value: { id: 2, tags: ['x', 1], name: null } },
  ]);
  await run.connector.close();
  assert.equal(
    await bench.read('out/rows-00001.csv'),
    'id,name,ok,tags\n1,"a, ""b""\nc",true,\n2,,,"[""x"",1]"\n',
  );
});

it('rows as CSV with given columns, packed, without a header', async (t) => {
  const bench = await Bench.open(t);
  const csv = { columns: ['b', 'a'], delimiter: ';', header: false };
  const run = await bench.start({ path: 'out/rows.csv.gz', records: 'csv', csv, compression: 'gzip' });
  await run.writeAll([{ value: { a: 1, b: 2, c: 3 } }]);
  await run.connector.close();
  assert.equal(gunzipSync(await readFile(bench.path('out/rows-00001.csv.gz'))).toString(), '2;1\n');
});

it('rows as Parquet: integers, numbers, texts, truth values, and JSON for the rest', async (t) => {
  const bench = await Bench.open(t);
  const run = await bench.start({ path: 'out/{value.kind}/rows.parquet', records: 'parquet' });
  const rows = [
    { kind: 'x', id: 1, price: 1, name: 'é✓', ok: true, mixed: 1, list: [1, { a: null }] },
    { kind: 'x', id: 2 ** 40, price: 1.5, name: null, ok: null, mixed: 'one', list: null },
  ];
  await run.writeAll(rows.map((value) => ({ value })));
  await run.connector.close();
  const file = await asyncBufferFromFile(bench.path('out/x/rows-00001.parquet'));
  assert.deepEqual(
    await parquetReadObjects({ file }),
    rows.map((row) => ({ ...row, id: BigInt(row.id) })),
  );
});

it('a value without fields is refused, and nothing of its batch is written', async (t) => {
  const bench = await Bench.open(t);
  const run = await bench.start({ path: 'out/rows.csv', records: 'csv' });
  await assert.rejects(run.writeAll([{ value: { a: 1 } }, { value: 'text' }]), (error) => {
    assert.ok(error instanceof RecordsRefused);
    assert.deepEqual(
      error.refused.map(({ index }) => index),
      [1],
    );
    return true;
  });
  await run.connector.close();
  assert.deepEqual(await names(bench.path('out')).catch(() => []), []);
});
