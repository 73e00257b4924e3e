import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { acquireLock, isLeftBehind, LockedError, lockOwner } from '../../src/store/lock.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';

const module = new URL('../../src/store/lock.js', import.meta.url).href;

/** A process that tries to take the lock, says what came of it, and waits to be killed. */
async function contender(path: string): Promise<{ pid: number; said: string; kill(): Promise<void> }> {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { acquireLock } from ${JSON.stringify(module)};
       await acquireLock(${JSON.stringify(path)}, 'a test').then(
         () => console.log('held'),
         () => console.log('refused'),
       );
       setInterval(() => {}, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    pid: child.pid ?? 0,
    said: said.toString().trim(),
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function holder(path: string): ReturnType<typeof contender> {
  const child = await contender(path);
  assert.equal(child.said, 'held');
  return child;
}

test('a second holder is refused and told who holds the lock', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const other = await holder(path);
  atEnd(t, () => other.kill());
  await assert.rejects(acquireLock(path, 'me'), (error: unknown) => {
    assert.ok(error instanceof LockedError);
    assert.equal(error.owner?.pid, other.pid);
    assert.match(error.message, /a test, process \d+ on /);
    return true;
  });
  assert.equal((await lockOwner(path))?.pid, other.pid);
});

test('a lock of a killed process is taken over', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const other = await holder(path);
  await other.kill();
  assert.equal(await lockOwner(path), null);
  const lock = await acquireLock(path, 'me');
  assert.equal((await lockOwner(path))?.pid, process.pid);
  await lock.release();
  assert.equal(await lockOwner(path), null);
});

test('a pid that is used again does not keep the lock', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const other = await holder(path);
  atEnd(t, () => other.kill());
  const owner = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  if (owner.process_started === null) {
    t.skip('this system does not say when a process started');
    return;
  }
  await writeFile(path, JSON.stringify({ ...owner, process_started: '1' }));
  assert.equal(await lockOwner(path), null);
  await (await acquireLock(path, 'me')).release();
});

test('a lock of another host counts as held', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const other = await holder(path);
  await other.kill();
  const owner = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...owner, host: 'elsewhere' }));
  await assert.rejects(acquireLock(path, 'me'), LockedError);
});

test('the same process cannot have it twice, but takes over what an earlier one of its id left', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const lock = await acquireLock(path, 'me');
  await assert.rejects(acquireLock(path, 'me'), LockedError);
  const left = await readFile(path, 'utf8');
  await lock.release();
  await writeFile(path, left);
  await (await acquireLock(path, 'me')).release();
});

test('of many that take over a stale lock at once, one gets it', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const other = await holder(path);
  await other.kill();
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(path, 'me')));
  assert.equal(tries.filter((result) => result.status === 'fulfilled').length, 1);
});

test('of many processes that take over a stale lock at once, one gets it', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const stale = await holder(path);
  await stale.kill();
  const results = await Promise.all(Array.from({ length: 8 }, () => contender(path)));
  t.after(() => Promise.all(results.map((result) => result.kill())));
  assert.deepEqual(results.map((result) => result.said).sort(), [
    'held',
    ...Array<string>(7).fill('refused'),
  ]);
});

test('what a process that died while taking the lock left behind does not block', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const longAgo = new Date(Date.now() - 60_000);
  await writeFile(path, '');
  await utimes(path, longAgo, longAgo);
  await mkdir(`${path}.takeover`);
  await utimes(`${path}.takeover`, longAgo, longAgo);
  const lock = await acquireLock(path, 'me');
  await lock.release();
});

test('a process that is killed while it takes the lock over delays the next one, and does not block it', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const other = await holder(path);
  await other.kill();
  await mkdir(`${path}.takeover`);
  const lock = await acquireLock(path, 'me');
  assert.equal(lock.former?.pid, other.pid);
});

test('who takes over a lock is told whose it was, and who leaves one finds it again', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const first = await acquireLock(path, 'me', 'first');
  assert.equal(first.former, null);
  assert.equal(await isLeftBehind(path), false);
  first.leave();
  const again = await acquireLock(path, 'me', 'first');
  assert.equal(again.former?.holder, 'first');
  await again.release();
  assert.equal(await isLeftBehind(path), false);
  assert.equal((await acquireLock(path, 'me', 'second')).former, null);
});

test('a lock that was left is held for other processes while this one lives', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  (await acquireLock(path, 'me', 'first')).leave();
  const other = await contender(path);
  atEnd(t, () => other.kill());
  assert.equal(other.said, 'refused');
});

test('a lock of a killed process is left behind', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const other = await holder(path);
  assert.equal(await isLeftBehind(path), false);
  await other.kill();
  assert.equal(await isLeftBehind(path), true);
});
