import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { appendFile, mkdir, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { source } from './source.js';
import { Reading } from './reading.test.helper.js';
import { temporaryFolder } from './temporary-folder.test.helper.js';

const options = { timeout: 60_000 };

it('reads every line of a file that is written and rotated while it is read', options, async (t) => {
  const dir = await temporaryFolder(t);
  const log = join(dir, 'app.log');
  await writeFile(log, '');
  const reading = await Reading.open(t, dir, { path: 'app.log', poll_ms: 20 });
  const total = 10_000;
  const lotOf = (from: number, to: number) =>
    Buffer.from(Array.from({ length: to - from }, (_, n) => `line ${from + n} ü\n`).join(''));
  const write = async () => {
    let file = await open(log, 'a');
    for (let lot = 0; lot < 50; lot += 1) {
      const bytes = lotOf(lot * 200, lot * 200 + 199);
      const middle = (lot * 97) % bytes.length;
      await file.write(bytes.subarray(0, middle));
      await file.write(bytes.subarray(middle));
      if (lot % 5 === 0) {
        // A file that is renamed twice before it was looked at is out of reach.
        await reading.until(lot * 200 + 199);
        await rename(log, `${log}.${lot}`);
        await file.write(lotOf(lot * 200 + 199, lot * 200 + 200));
        await file.close();
        file = await open(log, 'a');
      } else {
        await file.write(lotOf(lot * 200 + 199, lot * 200 + 200));
      }
    }
    await file.close();
  };
  await write();
  const lines = await reading.until(total);
  const expected = Array.from(
    { length: total },
    (_, n) => `app.log: line ${n} ${Buffer.from('ü').toString('latin1')}`,
  );
  assert.deepEqual(lines, expected);
});

it('runs once to the end that was there at the start', options, async (t) => {
  const dir = await temporaryFolder(t);
  await writeFile(join(dir, 'a'), 'one\ntw');
  const reading = await Reading.open(t, dir, { path: 'a' }, { once: true });
  await appendFile(join(dir, 'a'), 'o\nthree\n');
  assert.deepEqual(await reading.toEnd(), ['a: one', 'a: two']);
});

it('serves the files of a task in turn', options, async (t) => {
  const dir = await temporaryFolder(t);
  await writeFile(join(dir, 'big'), 'x\n'.repeat(20_000));
  await writeFile(join(dir, 'small'), 'y\n');
  const reading = await Reading.open(t, dir, { path: '*' });
  const lines = await reading.until(5000);
  assert.ok(lines.includes('small: y'), 'the small file waits for the big one');
});

it('holds more files than it keeps open', options, async (t) => {
  const dir = await temporaryFolder(t);
  const names = Array.from({ length: 250 }, (_, n) => `f${n}`);
  for (const name of names) await writeFile(join(dir, name), 'one\nhal');
  const reading = await Reading.open(t, dir, { path: 'f*', poll_ms: 20 });
  await reading.until(250);
  assert.ok(await reading.nothingFor(100));
  for (const name of names) await appendFile(join(dir, name), 'f\n');
  const lines = await reading.until(500);
  assert.deepEqual([...lines].sort(), names.flatMap((name) => [`${name}: half`, `${name}: one`]).sort());
});

it('asks for its tasks again when a file appears, and not otherwise', options, async (t) => {
  const dir = await temporaryFolder(t);
  await mkdir(join(dir, 'logs'));
  await writeFile(join(dir, 'logs/a.log'), 'one\n');
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const context = { connector: 'test', baseDir: dir, once: false, log };
  const connector = await source.start(source.spec.parse({ path: 'logs/*.log', poll_ms: 20 }), context);
  const stop = new AbortController();
  t.after(() => {
    stop.abort();
  });
  let calls = 0;
  const changes = new EventEmitter();
  const called = once(changes, 'changed');
  const watching = connector.watch?.(() => {
    calls += 1;
    changes.emit('changed');
  }, stop.signal);
  await appendFile(join(dir, 'logs/a.log'), 'two\n');
  await writeFile(join(dir, 'logs/other.txt'), 'two\n');
  await writeFile(join(dir, 'logs/b.log'), 'one\n');
  await called;
  assert.deepEqual(await connector.tasks(5), [{ files: ['logs/a.log'] }, { files: ['logs/b.log'] }]);
  stop.abort();
  await watching;
  assert.equal(calls, 1);
});

it('waits for the rest of a gzip file that is still written', options, async (t) => {
  const dir = await temporaryFolder(t);
  const lines = Array.from({ length: 5000 }, (_, n) => `line ${n} ${n * 7919}`);
  const packed = gzipSync(`${lines.join('\n')}\n`);
  await writeFile(join(dir, 'a.gz'), packed.subarray(0, packed.length / 2));
  const reading = await Reading.open(t, dir, { path: '*.gz', poll_ms: 20 });
  await reading.nothingFor(200);
  await appendFile(join(dir, 'a.gz'), packed.subarray(packed.length / 2));
  assert.deepEqual(
    await reading.until(5000),
    lines.map((line) => `a.gz: ${line}`),
  );
});

it('says which gzip file ends too early or is none', options, async (t) => {
  const dir = await temporaryFolder(t);
  const packed = gzipSync('one\ntwo\n'.repeat(1000));
  await writeFile(join(dir, 'short.gz'), packed.subarray(0, packed.length - 12));
  await writeFile(join(dir, 'plain'), 'one\n');
  const short = await Reading.open(t, dir, { path: 'short.gz' }, { once: true });
  await assert.rejects(short.toEnd(), /short\.gz: the gzip file ends too early/);
  const plain = await Reading.open(t, dir, { path: 'plain', compression: 'gzip' }, { once: true });
  await assert.rejects(plain.toEnd(), /plain: not a gzip file/);
});
