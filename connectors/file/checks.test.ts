import assert from 'node:assert/strict';
import { appendFile, chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { JsonObject } from '../../src/sdk/index.js';
import { Reading } from './reading.test.helper.js';
import { sink } from './sink.js';
import { source } from './source.js';
import { temporaryFolder } from './temporary-folder.test.helper.js';

const check = async (config: JsonObject, baseDir: string) =>
  source.check?.(source.spec.parse(config), { baseDir });

describe('check', () => {
  it('warns of paths that lead nowhere yet, each by its place', async (t) => {
    const baseDir = await temporaryFolder(t);
    await writeFile(join(baseDir, 'a'), '');
    const found = await check({ path: ['a', 'missing.log', 'no*'] }, baseDir);
    assert.deepEqual(
      found?.map(({ severity, path }) => [severity, ...path]),
      [
        ['warning', 'path', 1],
        ['warning', 'path', 2],
      ],
    );
  });

  it('a folder with nothing in it is told; a sink needs a file', async (t) => {
    const baseDir = await temporaryFolder(t);
    await mkdir(join(baseDir, 'logs'));
    const [found] = (await check({ path: 'logs/' }, baseDir)) ?? [];
    assert.deepEqual([found?.severity, found?.message], ['warning', 'logs/* leads to no file yet']);
    const its = await sink.check?.(sink.spec.parse({ path: 'logs' }), { baseDir });
    assert.equal(its?.[0]?.severity, 'error');
  });

  it('CSV without a header needs names, and a number in a path needs files that follow each other', async (t) => {
    const baseDir = await temporaryFolder(t);
    await writeFile(join(baseDir, 'a.csv'), '1\n');
    const [found] = (await check({ path: 'a.csv', records: 'csv', csv: { header: false } }, baseDir)) ?? [];
    assert.deepEqual(
      [found?.severity, found?.message],
      ['error', 'without a header the columns have no names'],
    );
    const its = await sink.check?.(sink.spec.parse({ path: 'a-{number}.txt' }), { baseDir });
    assert.equal(its?.[0]?.message, '{number} is for files that follow each other');
  });

  it(
    'names a file that may not be read',
    { skip: process.getuid?.() === 0 && 'root may read everything' },
    async (t) => {
      const baseDir = await temporaryFolder(t);
      await writeFile(join(baseDir, 'secret'), 'x\n');
      await chmod(join(baseDir, 'secret'), 0);
      const [found] = (await check({ path: 'secret' }, baseDir)) ?? [];
      assert.match(found?.message ?? '', /cannot read .*secret: no permission/);
      const reading = await Reading.open(t, baseDir, { path: 'secret' }, { once: true });
      await assert.rejects(reading.toEnd(), /cannot read .*secret: no permission/);
    },
  );

  it('takes names with the characters of globs as they are, when they are there', async (t) => {
    const baseDir = join(await temporaryFolder(t), 'a [b] (c)');
    await mkdir(baseDir);
    await writeFile(join(baseDir, 'x[1].log'), 'one\n');
    await writeFile(join(baseDir, 'y.log'), 'two\n');
    const one = await Reading.open(t, baseDir, { path: 'x[1].log' }, { once: true });
    assert.deepEqual(await one.toEnd(), ['x[1].log: one']);
    const all = await Reading.open(t, baseDir, { path: '*.log' }, { once: true });
    assert.deepEqual(await all.toEnd(), ['x[1].log: one', 'y.log: two']);
  });
});

it('names the files it reads and writes', async (t) => {
  const baseDir = await temporaryFolder(t);
  await writeFile(join(baseDir, 'a.log'), '');
  const used = await source.resources?.(source.spec.parse({ path: ['*.log', 'later'] }), { baseDir });
  assert.deepEqual(used?.reads, [join(baseDir, 'a.log'), join(baseDir, 'later')]);
  assert.deepEqual(used.writes, []);
  assert.equal(used.wouldRead?.(join(baseDir, 'not-yet.log')), true);
  assert.equal(used.wouldRead(join(baseDir, 'not-yet.txt')), false);
  const writes = await sink.resources?.(sink.spec.parse({ path: 'out.txt' }), { baseDir });
  assert.deepEqual(writes, { reads: [], writes: [join(baseDir, 'out.txt')] });
  const many = await sink.resources?.(sink.spec.parse({ path: 'out/of-{topic}/{date:yyyy}.txt' }), {
    baseDir,
  });
  assert.deepEqual(many, { reads: [], writes: [], writesIn: [join(baseDir, 'out')] });
});

it('reads a file with two names once', async (t) => {
  const baseDir = await temporaryFolder(t);
  await writeFile(join(baseDir, 'a-2026.log'), 'one\n');
  await symlink('a-2026.log', join(baseDir, 'current.log'));
  const reading = await Reading.open(t, baseDir, { path: '*.log' }, { once: true });
  assert.deepEqual(await reading.toEnd(), ['a-2026.log: one']);
});

describe('lag', () => {
  const lag = async (baseDir: string, config: JsonObject, reading?: Reading) =>
    source.lag?.(source.spec.parse(config), reading?.positions ?? new Map(), { baseDir });
  const none = { records: 0, bytes: 0, seconds: 0 };
  const behind = (bytes: number | null) => ({ records: null, bytes, seconds: null });

  it('counts what is behind the positions, in the new file and in the renamed one', async (t) => {
    const dir = await temporaryFolder(t);
    const log = join(dir, 'app.log');
    const config = { path: 'app.log' };
    assert.deepEqual(await lag(dir, config), none);
    await writeFile(log, 'one\n');
    assert.deepEqual(await lag(dir, config), behind(4));
    const reading = await Reading.open(t, dir, config, { once: true });
    await reading.toEnd();
    assert.deepEqual(await lag(dir, config, reading), none);
    await appendFile(log, 'three\n');
    assert.deepEqual(await lag(dir, config, reading), behind(6));
    await rename(log, `${log}.1`);
    assert.deepEqual(await lag(dir, config, reading), behind(6));
    await writeFile(log, 'x\n');
    assert.deepEqual(await lag(dir, config, reading), behind(8));
    assert.deepEqual(await lag(dir, { path: 'app.log*' }, reading), behind(8));
  });

  it('counts the whole of a file that was overwritten', async (t) => {
    const dir = await temporaryFolder(t);
    await writeFile(join(dir, 'a'), 'one\n');
    const reading = await Reading.open(t, dir, { path: 'a' }, { once: true });
    await reading.toEnd();
    await writeFile(join(dir, 'a'), 'another\n');
    assert.deepEqual(await lag(dir, { path: 'a' }, reading), behind(8));
  });

  it('is unknown in a gzip file until that is finished', async (t) => {
    const dir = await temporaryFolder(t);
    await writeFile(join(dir, 'a.gz'), gzipSync('one\ntwo\n'));
    assert.deepEqual(await lag(dir, { path: 'a.gz' }), behind(null));
    const reading = await Reading.open(t, dir, { path: 'a.gz' }, { once: true });
    await reading.toEnd();
    assert.deepEqual(await lag(dir, { path: 'a.gz' }, reading), none);
  });
});
