import assert from 'node:assert/strict';
import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { OpenFiles } from '../../../src/broker/storage/open-files.js';
import {
  entryBytes,
  positionOf,
  QueueIndex,
  sizeOf,
  storedAtOf,
  tagsCodeOf,
} from '../../../src/broker/storage/queue-index.js';
import { temporaryFolder } from '../../temp-folder.js';

const fileEntries = 262_144;

async function open(context: TestContext): Promise<{ folder: string; again: () => QueueIndex }> {
  const folder = await temporaryFolder(context);
  const openFiles = new OpenFiles(2);
  context.after(() => {
    openFiles.closeAll();
  });
  return { folder, again: () => new QueueIndex(folder, openFiles) };
}

/** Message n lies at 100 n, and was stored at 1000 + n / 10, so that ten share a time. */
function fill(index: QueueIndex, from: number, to: number): void {
  for (let n = from; n < to; n++) index.append(n * 100, 91 + (n % 9), n % 3, 1000 + Math.floor(n / 10));
}

test('entries are read back from memory, from the file, and over their border', async (context) => {
  const { again } = await open(context);
  const index = again();
  fill(index, 0, 10);
  index.flush();
  fill(index, 10, 20);
  const entries = Buffer.alloc(20 * entryBytes);
  assert.equal(index.read(5, 10, entries), 10);
  for (let n = 5; n < 15; n++) {
    const at = (n - 5) * entryBytes;
    assert.deepEqual(
      [positionOf(entries, at), sizeOf(entries, at), tagsCodeOf(entries, at), storedAtOf(entries, at)],
      [n * 100, 91 + (n % 9), n % 3, 1000 + Math.floor(n / 10)],
    );
  }
  assert.equal(index.read(18, 10, entries), 2);
  assert.equal(index.read(20, 10, entries), 0);
});

test('what was flushed is there when opened again, over several files', async (context) => {
  const { folder, again } = await open(context);
  const count = fileEntries * 2 + 5;
  const index = again();
  fill(index, 0, count);
  index.flush();
  assert.equal(readdirSync(folder).length, 3);
  const reopened = again();
  assert.deepEqual([reopened.min, reopened.max], [0, count]);
  const entries = Buffer.alloc(4 * entryBytes);
  assert.equal(reopened.read(fileEntries - 2, 4, entries), 4);
  assert.equal(positionOf(entries, 3 * entryBytes), (fileEntries + 1) * 100);
});

test('files behind one that is short are removed: recovery makes them again from the log', async (context) => {
  const { folder, again } = await open(context);
  const index = again();
  fill(index, 0, fileEntries * 2 + 5);
  index.flush();
  const [, middle = ''] = readdirSync(folder).sort();
  truncateSync(join(folder, middle), 100 * entryBytes);
  const reopened = again();
  assert.equal(reopened.max, fileEntries + 100);
  assert.equal(readdirSync(folder).length, 2);
});

test('large positions and negative hashes of tags are kept', async (context) => {
  const { again } = await open(context);
  const index = again();
  index.append(2 ** 47, 0xffff_ffff, -2_147_483_648, 2 ** 45);
  const entry = Buffer.alloc(entryBytes);
  index.read(0, 1, entry);
  assert.deepEqual(
    [positionOf(entry, 0), sizeOf(entry, 0), tagsCodeOf(entry, 0), storedAtOf(entry, 0)],
    [2 ** 47, 0xffff_ffff, -2_147_483_648, 2 ** 45],
  );
});

test('a search by time finds the first of those stored at once', async (context) => {
  const { again } = await open(context);
  const index = again();
  fill(index, 0, 95);
  assert.equal(index.firstStoredSince(0), 0);
  assert.equal(index.firstStoredSince(1003), 30);
  assert.equal(index.firstStoredSince(1009), 90);
  assert.equal(index.firstStoredSince(1010), 95);
});

test('dropping what the log lost moves the start and removes whole files', async (context) => {
  const { folder, again } = await open(context);
  const index = again();
  fill(index, 0, fileEntries + 100);
  index.flush();
  index.dropBefore(4_050);
  assert.deepEqual([index.min, readdirSync(folder).length], [41, 2]);
  index.dropBefore((fileEntries + 10) * 100);
  assert.deepEqual([index.min, readdirSync(folder).length], [fileEntries + 10, 1]);
  index.dropBefore(Number.MAX_SAFE_INTEGER);
  assert.deepEqual([index.min, index.max], [fileEntries + 100, fileEntries + 100]);
  index.append(1, 91, 0, 5000);
  assert.equal(index.max, fileEntries + 101);
});

test('an entry torn by a crash is written over', async (context) => {
  const { folder, again } = await open(context);
  const index = again();
  fill(index, 0, 10);
  index.flush();
  truncateSync(join(folder, readdirSync(folder)[0] ?? ''), 9 * entryBytes + 7);
  const reopened = again();
  assert.equal(reopened.max, 9);
  fill(reopened, 9, 12);
  reopened.flush();
  const entry = Buffer.alloc(entryBytes);
  assert.equal(again().read(9, 1, entry), 1);
  assert.equal(positionOf(entry, 0), 900);
});

test('cut and restarted, it goes on from the given offset', async (context) => {
  const { again } = await open(context);
  const index = again();
  fill(index, 0, fileEntries + 10);
  index.cutTo(fileEntries - 1);
  assert.equal(index.max, fileEntries - 1);
  fill(index, fileEntries - 1, fileEntries + 3);
  index.flush();
  assert.equal(again().max, fileEntries + 3);
  index.restartAt(77);
  assert.deepEqual([index.min, index.max], [77, 77]);
  index.append(5, 91, 0, 1);
  assert.deepEqual([index.storedAt(77), index.storedAt(76)], [1, null]);
});
