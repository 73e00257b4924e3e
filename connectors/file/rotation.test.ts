import assert from 'node:assert/strict';
import { appendFile, copyFile, rename, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Position } from '../../src/sdk/index.js';
import { Reading } from './reading.test.helper.js';
import { source } from './source.js';
import { temporaryFolder } from './temporary-folder.test.helper.js';

const options = { timeout: 30_000 };
const follow = { path: 'app.log', poll_ms: 20 };
const lines = (...texts: string[]): string[] => texts.map((text) => `app.log: ${text}`);

describe('while it runs', () => {
  it('finishes a renamed file, then reads the new one from its start', options, async (t) => {
    const dir = await temporaryFolder(t);
    const log = join(dir, 'app.log');
    await writeFile(log, 'one\ntwo\n');
    const reading = await Reading.open(t, dir, follow);
    await reading.until(2);
    await appendFile(log, 'three\nlast of the old');
    await rename(log, `${log}.1`);
    await writeFile(log, 'first of the new\n');
    assert.deepEqual(
      await reading.until(5),
      lines('one', 'two', 'three', 'last of the old', 'first of the new'),
    );
    assert.deepEqual(reading.warnings, []);
  });

  it('reads what a slow writer still appends to the renamed file', options, async (t) => {
    const dir = await temporaryFolder(t);
    const log = join(dir, 'app.log');
    await writeFile(log, 'one\n');
    const reading = await Reading.open(t, dir, follow);
    await reading.until(1);
    await rename(log, `${log}.1`);
    await writeFile(log, '');
    assert.ok(await reading.nothingFor(150));
    await appendFile(`${log}.1`, 'late\n');
    await reading.until(2);
    await appendFile(log, 'new\n');
    assert.deepEqual(await reading.until(3), lines('one', 'late', 'new'));
  });

  it('follows several rotations', options, async (t) => {
    const dir = await temporaryFolder(t);
    const log = join(dir, 'app.log');
    await writeFile(log, 'round 0\n');
    const reading = await Reading.open(t, dir, follow);
    for (let round = 1; round <= 5; round += 1) {
      await reading.until(round);
      await rename(log, `${log}.${round}`);
      await writeFile(log, `round ${round}\n`);
    }
    assert.deepEqual(await reading.until(6), lines(...[0, 1, 2, 3, 4, 5].map((n) => `round ${n}`)));
  });

  it('starts again in a file that was copied and cut back', options, async (t) => {
    const dir = await temporaryFolder(t);
    const log = join(dir, 'app.log');
    await writeFile(log, 'one\ntwo\n');
    const reading = await Reading.open(t, dir, follow);
    await reading.until(2);
    await copyFile(log, `${log}.1`);
    await truncate(log);
    await appendFile(log, 'new\n');
    assert.deepEqual(await reading.until(3), lines('one', 'two', 'new'));
    assert.match(reading.warnings.join(), /app\.log was cut back or overwritten/);
  });

  it('notices a file that was cut back and has grown beyond where it was', options, async (t) => {
    const dir = await temporaryFolder(t);
    const log = join(dir, 'app.log');
    await writeFile(log, 'one\ntwo\n');
    const reading = await Reading.open(t, dir, follow);
    await reading.until(2);
    await writeFile(log, 'quite another and longer content\n');
    assert.deepEqual(await reading.until(3), lines('one', 'two', 'quite another and longer content'));
    assert.equal(reading.warnings.length, 1);
  });

  it('notices a file that was cut back and begins as it did before', options, async (t) => {
    const dir = await temporaryFolder(t);
    const log = join(dir, 'app.log');
    const banner = `${'='.repeat(300)}\n`;
    await writeFile(log, `${banner}one\ntwo\n`);
    const reading = await Reading.open(t, dir, follow);
    await reading.until(3);
    await writeFile(log, `${banner}three\nfour\nfive\n`);
    await reading.until(7);
    assert.deepEqual(reading.lines.slice(4), lines('three', 'four', 'five'));
    assert.equal(reading.warnings.length, 1);
  });

  it('reads the rest of a deleted file, and the next one of that name', options, async (t) => {
    const dir = await temporaryFolder(t);
    const log = join(dir, 'app.log');
    await writeFile(log, 'one\n');
    const reading = await Reading.open(t, dir, follow);
    await reading.until(1);
    await appendFile(log, 'two\nunended');
    await unlink(log);
    await reading.until(3);
    await writeFile(log, 'again\n');
    assert.deepEqual(await reading.until(4), lines('one', 'two', 'unended', 'again'));
  });

  it('waits for the newline of the last line', options, async (t) => {
    const dir = await temporaryFolder(t);
    const log = join(dir, 'app.log');
    await writeFile(log, 'one\nhal');
    const reading = await Reading.open(t, dir, follow);
    await reading.until(1);
    assert.ok(await reading.nothingFor(100));
    await appendFile(log, 'f\n');
    assert.deepEqual(await reading.until(2), lines('one', 'half'));
  });

  it('reads a file that appears later', options, async (t) => {
    const dir = await temporaryFolder(t);
    const reading = await Reading.open(t, dir, follow);
    assert.ok(await reading.nothingFor(60));
    await writeFile(join(dir, 'app.log'), 'there\n');
    assert.deepEqual(await reading.until(1), lines('there'));
  });

  it('does not read a renamed file again under its new name', options, async (t) => {
    const dir = await temporaryFolder(t);
    const log = join(dir, 'app.log');
    await writeFile(log, 'one\n');
    await writeFile(`${log}.1`, 'older\n');
    const glob = { path: 'app.log*', poll_ms: 20 };
    const reading = await Reading.open(t, dir, glob);
    await reading.until(2);
    await rename(`${log}.1`, `${log}.2`);
    await rename(log, `${log}.1`);
    await writeFile(log, 'two\n');
    assert.equal((await reading.until(3))[2], 'app.log: two');
    assert.ok(await reading.nothingFor(200));
    await reading.close();

    const again = await Reading.open(t, dir, glob, { once: true, positions: reading.positions });
    assert.deepEqual(await again.toEnd(), []);
  });
});

describe('across a restart', () => {
  async function readFirst(
    t: Parameters<typeof Reading.open>[0],
    dir: string,
  ): Promise<Map<string, Position>> {
    await writeFile(join(dir, 'app.log'), 'one\n');
    const reading = await Reading.open(t, dir, follow, { once: true });
    assert.deepEqual(await reading.toEnd(), lines('one'));
    return reading.positions;
  }
  const readRest = async (
    t: Parameters<typeof Reading.open>[0],
    dir: string,
    positions: Map<string, Position>,
  ) => {
    const reading = await Reading.open(t, dir, follow, { once: true, positions });
    const read = await reading.toEnd();
    const again = await Reading.open(t, dir, follow, { once: true, positions: reading.positions });
    assert.deepEqual(await again.toEnd(), [], 'everything was read');
    return { read, warnings: reading.warnings };
  };

  it('finishes a file that was renamed meanwhile, then reads the new one', options, async (t) => {
    const dir = await temporaryFolder(t);
    const positions = await readFirst(t, dir);
    const log = join(dir, 'app.log');
    await appendFile(log, 'two\nlast');
    await rename(log, join(dir, 'app-old.log'));
    await writeFile(log, 'new\n');
    const { read, warnings } = await readRest(t, dir, positions);
    assert.deepEqual(read, lines('two', 'last', 'new'));
    assert.deepEqual(warnings, []);
  });

  it('starts again in a file that was cut back', options, async (t) => {
    const dir = await temporaryFolder(t);
    const positions = await readFirst(t, dir);
    await writeFile(join(dir, 'app.log'), 'x\n');
    const { read, warnings } = await readRest(t, dir, positions);
    assert.deepEqual(read, lines('x'));
    assert.equal(warnings.length, 1);
  });

  it('starts again in a file that was overwritten', options, async (t) => {
    const dir = await temporaryFolder(t);
    const positions = await readFirst(t, dir);
    await writeFile(join(dir, 'app.log'), 'two\nthree\n');
    const { read, warnings } = await readRest(t, dir, positions);
    assert.deepEqual(read, lines('two', 'three'));
    assert.equal(warnings.length, 1);
  });

  it('starts again in a file that was overwritten and begins as it did', options, async (t) => {
    const dir = await temporaryFolder(t);
    const log = join(dir, 'app.log');
    const banner = `${'='.repeat(300)}\n`;
    await writeFile(log, `${banner}one\n`);
    const reading = await Reading.open(t, dir, follow, { once: true });
    await reading.toEnd();
    await writeFile(log, `${banner}two\n`);
    const config = source.spec.parse(follow);
    const lag = await source.lag?.(config, reading.positions, { baseDir: dir });
    assert.equal(lag?.bytes, banner.length + 4);
    const { read, warnings } = await readRest(t, dir, reading.positions);
    assert.deepEqual(read.slice(1), lines('two'));
    assert.equal(warnings.length, 1);
  });

  it('says so when the file it was in is gone', options, async (t) => {
    const dir = await temporaryFolder(t);
    const positions = await readFirst(t, dir);
    const log = join(dir, 'app.log');
    await writeFile(join(dir, 'new'), 'new\n');
    await rm(log);
    await rename(join(dir, 'new'), log);
    const { read, warnings } = await readRest(t, dir, positions);
    assert.deepEqual(read, lines('new'));
    assert.match(warnings.join(), /the one read before is gone/);
  });

  it('takes the newline that a line sent without it gets later for its end', options, async (t) => {
    const dir = await temporaryFolder(t);
    await writeFile(join(dir, 'app.log'), 'one\ntwo');
    const reading = await Reading.open(t, dir, follow, { once: true });
    assert.deepEqual(await reading.toEnd(), lines('one', 'two'));
    await appendFile(join(dir, 'app.log'), '\nthree\n');
    const { read } = await readRest(t, dir, reading.positions);
    assert.deepEqual(read, lines('three'));
  });

  it('has nothing to read where nothing happened', options, async (t) => {
    const dir = await temporaryFolder(t);
    const { read } = await readRest(t, dir, await readFirst(t, dir));
    assert.deepEqual(read, []);
  });
});
