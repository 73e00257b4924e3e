import assert from 'node:assert/strict';
import {
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { StoreError } from '../../../src/broker/storage/store-error.js';
import { temporaryFolder } from '../../temp-folder.js';
import { bodiesOf, linesLog, openStore, put } from './store-for-test.js';

const logFile = (folder: string): string => {
  const names = readdirSync(join(folder, 'log')).sort();
  return join(folder, 'log', names.at(-1) ?? '');
};

/** Copies what a store has written so far, as if its process ended now. */
function crashCopy(from: string, to: string): string {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  return to;
}

test('a store whose process was killed is found as it was', async (context) => {
  const folder = await temporaryFolder(context);
  const store = openStore(join(folder, 'a'));
  put(store, 0, ['one', 'two']);
  await store.sync();
  put(store, 0, ['three', 'drei ß', '']);
  put(store, 3, ['other']);
  const copy = openStore(crashCopy(join(folder, 'a'), join(folder, 'b')));
  await store.close();
  assert.deepEqual(bodiesOf(copy, 0), ['one', 'two', 'three', 'drei ß', '']);
  assert.deepEqual(bodiesOf(copy, 3), ['other']);
  assert.equal(put(copy, 0, ['six']), 5);
  await copy.close();
  const reopened = openStore(join(folder, 'b'));
  assert.equal(bodiesOf(reopened, 0).length, 6);
  await reopened.close();
});

test('cut at any byte, the last write is gone and all before it is there', async (context) => {
  const folder = await temporaryFolder(context);
  const store = openStore(join(folder, 'a'));
  put(store, 0, ['first', 'second']);
  await store.sync();
  put(store, 1, ['third']);
  const before = store.range.end;
  put(store, 0, ['last']);
  const { end } = store.range;
  for (let size = before; size < end; size++) {
    const copy = crashCopy(join(folder, 'a'), join(folder, 'b'));
    truncateSync(logFile(copy), size);
    const log = linesLog();
    const opened = openStore(copy, { log });
    assert.deepEqual(bodiesOf(opened, 0), ['first', 'second'], `cut at byte ${size}`);
    assert.deepEqual(bodiesOf(opened, 1), ['third'], `cut at byte ${size}`);
    assert.equal(opened.range.end, before);
    assert.equal(log.lines.length, size === before ? 0 : 1);
    assert.equal(put(opened, 0, ['again']), 2);
    await opened.close();
  }
  await store.close();
});

test('a torn batch leaves whole messages only', async (context) => {
  const folder = await temporaryFolder(context);
  const store = openStore(join(folder, 'a'));
  put(store, 0, ['a', 'b', 'c']);
  const copy = crashCopy(join(folder, 'a'), join(folder, 'b'));
  await store.close();
  truncateSync(logFile(copy), statSync(logFile(copy)).size - 1);
  const opened = openStore(copy);
  assert.deepEqual(bodiesOf(opened, 0), ['a', 'b']);
  await opened.close();
});

test('a last message whose body was not written is cut off by its checksum', async (context) => {
  const folder = await temporaryFolder(context);
  const store = openStore(join(folder, 'a'));
  put(store, 0, ['whole']);
  const at = store.range.end;
  put(store, 0, ['x'.repeat(50)]);
  const copy = crashCopy(join(folder, 'a'), join(folder, 'b'));
  await store.close();
  const handle = openSync(logFile(copy), 'r+');
  writeSync(handle, Buffer.alloc(10), 0, 10, at + 95);
  closeSync(handle);
  const opened = openStore(copy);
  assert.deepEqual(bodiesOf(opened, 0), ['whole']);
  await opened.close();
});

test('lost or damaged indexes and checkpoints are made anew', async (context) => {
  const folder = await temporaryFolder(context);
  const original = join(folder, 'a');
  const store = openStore(original, { segmentBytes: 600 });
  for (let n = 0; n < 30; n++) put(store, n % 2, [`message ${n}`]);
  await store.close();
  const harms: ((copy: string) => void)[] = [
    (copy) => {
      rmSync(join(copy, 'index'), { recursive: true });
    },
    (copy) => {
      rmSync(join(copy, 'checkpoint.json'));
    },
    (copy) => {
      writeFileSync(join(copy, 'checkpoint.json'), '{"version":1,"posi');
    },
    (copy) => {
      rmSync(join(copy, 'index', '1-topic', '1'), { recursive: true });
    },
    (copy) => {
      const queue = join(copy, 'index', '1-topic', '0');
      truncateSync(join(queue, readdirSync(queue)[0] ?? ''), 100);
    },
    (copy) => {
      const queue = join(copy, 'index', '1-topic', '0');
      const file = join(queue, readdirSync(queue)[0] ?? '');
      writeFileSync(file, Buffer.alloc(readFileSync(file).length));
    },
  ];
  for (const [number, harm] of harms.entries()) {
    const copy = crashCopy(original, join(folder, 'b'));
    harm(copy);
    const opened = openStore(copy, { segmentBytes: 600 });
    const expected = (queue: number): string[] =>
      Array.from({ length: 15 }, (_, n) => `message ${2 * n + queue}`);
    assert.deepEqual(
      [bodiesOf(opened, 0), bodiesOf(opened, 1)],
      [expected(0), expected(1)],
      `harm ${number}`,
    );
    await opened.close();
  }
});

test('a hole in the middle stops the start and is named', async (context) => {
  const folder = await temporaryFolder(context);
  const store = openStore(folder, { segmentBytes: 300 });
  for (let n = 0; n < 10; n++) put(store, 0, [`message ${n}`]);
  await store.close();
  const names = readdirSync(join(folder, 'log')).sort();
  rmSync(join(folder, 'log', names[1] ?? ''));
  assert.throws(
    () => openStore(folder),
    (error) => error instanceof StoreError && error.message.includes(names[0] ?? '?'),
  );
});

test('damage in the middle, with no index left, stops the start', async (context) => {
  const folder = await temporaryFolder(context);
  const store = openStore(folder, { segmentBytes: 300 });
  for (let n = 0; n < 10; n++) put(store, 0, [`message ${n}`]);
  await store.close();
  rmSync(join(folder, 'checkpoint.json'));
  const first = join(folder, 'log', readdirSync(join(folder, 'log')).sort()[0] ?? '');
  const bytes = readFileSync(first);
  bytes.fill(0, 100, 110);
  writeFileSync(first, bytes);
  assert.throws(() => openStore(folder), StoreError);
});

test('what a power cut took from the end of a segment, and what follows it, is cut off', async (context) => {
  const folder = await temporaryFolder(context);
  const original = join(folder, 'a');
  const store = openStore(original, { segmentBytes: 300 });
  for (let n = 0; n < 3; n++) put(store, 0, [`message ${n}`]);
  await store.sync();
  for (let n = 3; n < 9; n++) put(store, 0, [`message ${n}`]);
  const harms: ((file: string) => void)[] = [
    (file) => {
      truncateSync(file, statSync(file).size - 10);
    },
    (file) => {
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0, bytes.length - 30));
    },
  ];
  for (const harm of harms) {
    const copy = crashCopy(original, join(folder, 'b'));
    const names = readdirSync(join(copy, 'log')).sort();
    assert.ok(names.length > 3);
    harm(join(copy, 'log', names[2] ?? ''));
    const log = linesLog();
    const opened = openStore(copy, { log });
    const expected = ['message 0', 'message 1', 'message 2', 'message 3', 'message 4'];
    assert.deepEqual(bodiesOf(opened, 0), expected);
    assert.match(log.lines.join('\n'), /the end of the log is torn/);
    assert.equal(put(opened, 0, ['again']), 5);
    await opened.close();
  }
  await store.close();
});

test('damage in what was on the disk stops the start, also in the last segment', async (context) => {
  const folder = await temporaryFolder(context);
  const store = openStore(folder);
  for (let n = 0; n < 10; n++) put(store, 0, [`message ${n}`]);
  await store.close();
  rmSync(join(folder, 'index'), { recursive: true });
  writeFileSync(logFile(folder), readFileSync(logFile(folder)).fill(0, 100, 110));
  assert.throws(() => openStore(folder), StoreError);
});

test('messages of a deleted topic do not come back with a new one of its name', async (context) => {
  const folder = await temporaryFolder(context);
  const store = openStore(folder);
  put(store, 0, ['old']);
  store.removeTopic('topic');
  const again = { name: 'topic', id: 2, since: store.range.end };
  store.addTopic(again);
  assert.deepEqual(store.offsets('topic', 0), { min: 0, max: 0 });
  assert.equal(put(store, 0, ['new']), 0);
  await store.close();
  rmSync(join(folder, 'checkpoint.json'));
  const opened = openStore(folder, { topics: [again] });
  assert.deepEqual(bodiesOf(opened, 0), ['new']);
  assert.deepEqual(readdirSync(join(folder, 'index')), ['2-topic']);
  await opened.close();
});
