import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Position } from '../../src/sdk/index.js';
import { Reading } from './reading.test.helper.js';
import { temporaryFolder } from './temporary-folder.test.helper.js';

const long = 'x'.repeat(25);
const content = `short\n${long}\nexactly 10\nend\n`;
const config = (long_lines: string) => ({ path: 'a', max_line_bytes: 10, long_lines, poll_ms: 20 });

it('fails at a longer line, after those before it', async (t) => {
  const dir = await temporaryFolder(t);
  await writeFile(join(dir, 'a'), content);
  const reading = await Reading.open(t, dir, config('fail'), { once: true });
  await assert.rejects(reading.toEnd(), /a: line 2 \(at byte 6\) is longer than 10 bytes/);
  assert.deepEqual(reading.lines, ['a: short']);
});

it('leaves a longer line out', async (t) => {
  const dir = await temporaryFolder(t);
  await writeFile(join(dir, 'a'), content);
  const reading = await Reading.open(t, dir, config('skip'), { once: true });
  assert.deepEqual(await reading.toEnd(), ['a: short', 'a: exactly 10', 'a: end']);
  assert.equal((reading.positions.get('a') as { line: number }).line, 4);
  assert.equal(reading.warnings.length, 1);
});

it('leaves out a longer line that is still written, without holding it', { timeout: 30_000 }, async (t) => {
  const dir = await temporaryFolder(t);
  await writeFile(join(dir, 'a'), `short\n${long}`);
  const reading = await Reading.open(t, dir, config('skip'));
  await reading.until(1);
  assert.ok(await reading.nothingFor(60));
  await appendFile(join(dir, 'a'), long);
  assert.ok(await reading.nothingFor(60));
  await appendFile(join(dir, 'a'), `${long}\nend\n`);
  assert.deepEqual(await reading.until(2), ['a: short', 'a: end']);
});

it('splits a longer line, and goes on after any part of it', async (t) => {
  const dir = await temporaryFolder(t);
  await writeFile(join(dir, 'a'), `short\n${'é'.repeat(12)}\nend\n`);
  const parts = ['short', 'é'.repeat(5), 'é'.repeat(5), 'éé', 'end'].map(
    (text) => `a: ${Buffer.from(text).toString('latin1')}`,
  );
  const all = await Reading.open(t, dir, config('split'), { once: true });
  assert.deepEqual(await all.toEnd(), parts);
  const { file } = all.positions.get('a') as { file: { inode: string; head: string; head_bytes: number } };
  const middle: Position = { offset: 26, line: 2, unended: true, file };
  const rest = await Reading.open(t, dir, config('split'), {
    once: true,
    positions: new Map([['a', middle]]),
  });
  assert.deepEqual(await rest.toEnd(), parts.slice(3));
  assert.equal((rest.positions.get('a') as { line: number }).line, 3);
});
