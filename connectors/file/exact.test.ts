/** The file sink that keeps its offsets: what it does with what it finds after a crash. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { it } from 'node:test';
import { isPathOf } from './path-template.js';
import { sink } from './sink.js';
import { Bench, signal } from './sink-bench.test.helper.js';
import { sinkRecord } from '../../src/sdk/acceptance/index.js';

it('cuts a file back to the checkpoint, and keeps what it cut', async (t) => {
  const bench = await Bench.open(t);
  const first = await bench.start();
  await first.write('a', 'b');
  await first.task.flush?.();
  await first.write('c', 'd');
  assert.equal(await bench.read(), 'a\nb\nc\nd\n');
  const second = await bench.start();
  assert.equal(await second.offset(), 2);
  assert.equal(await bench.read(), 'a\nb\n');
  assert.equal(await bench.read('out.cut'), 'c\nd\n');
  assert.match(bench.warnings.join(), /moved its last 4 bytes to .*out\.cut; those lines are written again/);
});

for (const [what, move] of [
  ['renamed', (path: string) => rename(path, `${path}.1`)],
  ['deleted', (path: string) => rm(path)],
  ['deleted with its folder', (path: string) => rm(dirname(path), { recursive: true })],
] as const) {
  it(`a file that is ${what} while it runs: goes on in a new one, and writes nothing twice`, async (t) => {
    const bench = await Bench.open(t);
    const first = await bench.start({ path: 'out/file' });
    await first.write('a');
    await first.task.flush?.();
    await first.write('b');
    await move(bench.path('out/file'));
    await first.write('c');
    assert.equal(await bench.read('out/file'), 'c\n');
    assert.match(bench.warnings.join(), /renamed or deleted: going on in a new file of that name/);
    const second = await bench.start({ path: 'out/file' });
    assert.equal(await second.offset(), 2);
    assert.equal(await bench.read('out/file'), '', 'what comes again is cut');
    if (what === 'renamed') assert.equal(await bench.read('out/file.1'), 'a\nb\n');
  });
}

it('cuts nothing where another worker may have written since', async (t) => {
  const bench = await Bench.open(t);
  const first = await bench.start();
  await first.write('a');
  await first.task.flush?.();
  await first.write('b');
  await appendFile(bench.path(), 'theirs\n');
  const second = await bench.start({ path: 'out' }, { undisturbed: false });
  assert.equal(await second.offset(), 1);
  assert.equal(await bench.read(), 'a\nb\ntheirs\n');
  assert.match(
    bench.warnings.join(),
    /another worker may have written to .*out since, so it is left as it is/,
  );
  await second.connector.close();
  await appendFile(bench.path(), 'more\n');
  await bench.start();
  assert.equal(await bench.read(), 'a\nb\ntheirs\nmore\n');
});

it('after an orderly end a file is its owner’s: appended to, cut, replaced, it is taken as it is', async (t) => {
  const changes: ((path: string) => Promise<void>)[] = [
    (path) => appendFile(path, 'theirs\n'),
    (path) => truncate(path, 0),
    (path) => rm(path),
    (path) => rename(path, `${path}.1`).then(() => writeFile(path, 'new\n')),
  ];
  for (const change of changes) {
    const bench = await Bench.open(t);
    const first = await bench.start();
    await first.write('a', 'b');
    await first.connector.close();
    await change(bench.path());
    const before = await bench.read().catch(() => '');
    const second = await bench.start();
    assert.equal(await second.offset(), 2);
    await second.write('c');
    assert.equal(await bench.read(), `${before}c\n`);
    assert.deepEqual(bench.warnings, []);
  }
});

it('after a crash a file that is shorter, gone or another one is left alone, and that is said', async (t) => {
  const changes: [(path: string) => Promise<void>, RegExp][] = [
    [(path) => truncate(path, 2), /is 2 bytes shorter than it was written; they are not written again/],
    [(path) => rm(path), /is gone; what was written to it is not written again/],
    [
      (path) => rename(path, `${path}.1`).then(() => writeFile(path, 'theirs, and longer\n')),
      /is another file now and is left as it is/,
    ],
    [(path) => writeFile(path, 'theirs, and longer\n'), /is another file now and is left as it is/],
  ];
  for (const [change, said] of changes) {
    const bench = await Bench.open(t);
    const first = await bench.start();
    await first.write('a', 'b');
    await first.task.flush?.();
    await first.write('c');
    await change(bench.path());
    const before = await bench.read().catch(() => '');
    const second = await bench.start();
    assert.equal(await second.offset(), 2);
    await second.write('d');
    assert.equal(await bench.read(), `${before}d\n`);
    assert.match(bench.warnings.join(), said);
  }
});

it('what others append while it runs stays where it is, up to the last checkpoint', async (t) => {
  const bench = await Bench.open(t);
  const first = await bench.start();
  await first.write('a');
  await appendFile(bench.path(), 'theirs\n');
  await first.write('b');
  await first.task.flush?.();
  await appendFile(bench.path(), 'theirs later\n');
  const second = await bench.start();
  assert.equal(await second.offset(), 2);
  assert.equal(await bench.read(), 'a\ntheirs\nb\n');
  assert.equal(await bench.read('out.cut'), 'theirs later\n');
});

it('a file that the configuration names no more is not cut', async (t) => {
  const bench = await Bench.open(t);
  const first = await bench.start();
  await first.write('a');
  await first.task.flush?.();
  await first.write('b');
  const second = await bench.start({ path: 'elsewhere' });
  assert.equal(await second.offset(), 1);
  assert.equal(await bench.read(), 'a\nb\n');
  assert.match(
    bench.warnings.join(),
    /is not written to any more and is left as it is; its last 2 bytes may/,
  );
});

for (const roll of [{}, { roll: { bytes: 100 } }]) {
  const how = 'roll' in roll ? ', which gathers' : '';
  it(`a file${how} that the configuration names no more has nobody else blamed for it`, async (t) => {
    const bench = await Bench.open(t);
    const first = await bench.start({ path: 'out.txt', ...roll });
    await first.write('a');
    await first.task.flush?.();
    await first.write('b');
    // The lock that is found is one beside the other file, which nobody has had.
    await bench.start({ path: 'elsewhere.txt', ...roll }, { undisturbed: false });
    assert.match(bench.warnings.join(), /out.*is not written to any more and is left as it is/);
    assert.doesNotMatch(bench.warnings.join(), /another worker/);
  });
}

it('files of a template are cut back as one, those that were closed meanwhile also', async (t) => {
  const bench = await Bench.open(t);
  const config = { path: 'by-key/{key}.txt', max_open_files: 2 };
  const keys = ['k1', 'k2', 'k3', 'k4', 'k5'];
  const first = await bench.start(config);
  await first.write(...keys);
  await first.task.flush?.();
  await first.write('k1', 'k6');
  await first.write('k2', 'k7', 'k8');
  const second = await bench.start(config);
  assert.equal(await second.offset(), 5);
  for (const key of keys) assert.equal(await bench.read(`by-key/${key}.txt`), `${key}\n`);
  for (const key of ['k6', 'k7', 'k8']) assert.equal(await bench.read(`by-key/${key}.txt`), '');
});

it('a batch that fails in one file is taken back from the others', async (t) => {
  const bench = await Bench.open(t);
  await mkdir(bench.path('k2'));
  const run = await bench.start({ path: '{key}' });
  await run.write('k1');
  await assert.rejects(run.write('k1', 'k2'), /k2: it is a folder/);
  assert.equal(await bench.read('k1'), 'k1\n');
  assert.equal(await run.offset(), 1);
});

it('at_least_once forgets the offsets, and cuts nothing then or later', async (t) => {
  const bench = await Bench.open(t);
  const first = await bench.start();
  await first.write('a');
  await first.task.flush?.();
  await first.write('b');
  const second = await bench.start({ path: 'out' }, { delivery: 'at_least_once' });
  assert.equal(second.connector.offsets, undefined);
  await second.task.write([sinkRecord({ value: 'b' })], signal);
  await second.connector.close();
  const third = await bench.start();
  assert.equal(await third.offset(), undefined);
  assert.equal(await bench.read(), 'a\nb\nb\n');
  assert.deepEqual(await readdir(bench.dir), ['out']);
});

it('fsync: never is at least once, and says why', () => {
  const its = (fsync: string) => sink.delivery?.(sink.spec.parse({ path: 'out', fsync }));
  assert.deepEqual(its('commit'), { delivery: 'exactly_once' });
  assert.deepEqual(its('never'), {
    delivery: 'at_least_once',
    because: 'fsync: never does not wait until the disk has the lines',
  });
});

it('knows which paths are of a template', () => {
  assert.ok(isPathOf('/a/out.txt', '/a/out.txt'));
  assert.ok(!isPathOf('/a/out.txt', '/a/outxtxt'));
  assert.ok(isPathOf('/a/{topic}-{date:yyyy-MM-dd}.txt', '/a/orders-2026-01-01.txt'));
  assert.ok(!isPathOf('/a/{topic}.txt', '/a/b/c.txt'));
  assert.ok(!isPathOf('/a/{topic}.txt', '/b/a/c.txt'));
});
