/** Disks that are full or read-only. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startCli, type RunningCli } from '../rig/cli.js';
import { smallDisk } from '../rig/small-disk.js';
import { until } from '../rig/until.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';
import { FaultBench, values } from './fault-bench.js';
import { MemorySource } from './memory-plugin.js';

test('positions on a disk that is full: the source says so, waits, and repeats nothing', async (t) => {
  const disk = await smallDisk(t, 256 * 1024);
  if (disk === null) return;
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  source.add('a', values('a', 100));
  const running = await bench.start([bench.source(source)], { root: disk.root });
  await until('the positions', () => (source.committed.length > 0 ? true : undefined));
  await disk.fill();
  source.add('a', values('a', 100, 100));
  await bench.stored(110);
  source.add('a', values('a', 100, 200));
  const error = await until('the cause to be shown', () => {
    source.add('a', values('a', 1, source.partitions.get('a')?.length ?? 0));
    return running.task()?.failures[0];
  });
  assert.equal(error.code, 'unavailable');
  assert.match(error.message, /the positions cannot be written to .*positions\.json: ENOSPC/);
  await disk.makeRoom();
  const count = source.partitions.get('a')?.length ?? 0;
  await bench.stored(count);
  const ended = await running.worker.stop();
  assert.deepEqual(ended.failures, []);
  assert.deepEqual(await bench.bodies(), values('a', count));
  const stored = await running.dataDir.connector('in').positions.read();
  assert.equal(stored?.partitions.a?.position, count);
});

test('what had arrived is looked up again by a run that follows one which failed while it left that out', async (t) => {
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  source.add('a', values('a', 100));
  const running = await bench.start([bench.source(source)]);
  await until('the last position', () => (source.committed.at(-1)?.[1] === 100 ? true : undefined));
  const { path } = running.dataDir.connector('in').positions;
  await rename(path, `${path}.kept`);
  // No file takes the place of a folder.
  await mkdir(path);
  const count = (): number => source.partitions.get('a')?.length ?? 0;
  await until('the failure', () => {
    source.add('a', values('a', 10, count()));
    return running.task()?.failures[0];
  });
  await rmdir(path);
  source.batch = 1;
  source.failures.push(null, new Error('the system has gone away'));
  await until('the next one', () => running.task()?.failures[1]);
  source.add('a', values('a', 1, count()));
  await bench.stored(count());
  await running.worker.stop();
  assert.deepEqual(await bench.bodies(), values('a', count()));
});

test('positions on a disk that is read-only: the same', async (t) => {
  const disk = await smallDisk(t, 1024 * 1024);
  if (disk === null) return;
  const bench = await FaultBench.open(t);
  const source = new MemorySource();
  source.add('a', values('a', 100));
  const running = await bench.start([bench.source(source)], { root: disk.root });
  await until('the positions', () => (source.committed.length > 0 ? true : undefined));
  await disk.remount('ro');
  const error = await until('the cause to be shown', () => {
    source.add('a', values('a', 1, source.partitions.get('a')?.length ?? 0));
    return running.task()?.failures[0];
  });
  assert.match(error.message, /positions cannot be written.*EROFS/);
  await disk.remount('rw');
  const count = source.partitions.get('a')?.length ?? 0;
  await bench.stored(count);
  await running.worker.stop();
  assert.deepEqual(await bench.bodies(), values('a', count));
});

/** A run that copies a file of 20,000 lines, with its output and its embedded broker where they are wanted. */
async function copying(
  t: TestContext,
  { output, dataDir }: { output?: string; dataDir?: string },
): Promise<{ worker: RunningCli; lines: readonly string[]; output: string }> {
  const folder = await temporaryFolder(t);
  const out = output ?? join(folder, 'out.txt');
  const lines = Array.from({ length: 20_000 }, (_, n) => `${String(n)} ${'x'.repeat(n % 60)}`);
  await writeFile(join(folder, 'in.log'), `${lines.join('\n')}\n`);
  await writeFile(
    join(folder, 'job.yaml'),
    `connectors:
  read:
    source: file
    topic: t
    config: { path: ./in.log }
  write:
    sink: file
    topic: t
    topic_queues: 1
    config: { path: ${JSON.stringify(out)} }
`,
  );
  const data = dataDir ?? join(folder, 'data');
  const worker = startCli(['run', 'job.yaml', '--log-format', 'json', '--data-dir', data], { cwd: folder });
  atEnd(t, () => worker.kill());
  return { worker, lines, output: out };
}

async function hasAll(output: string, lines: readonly string[]): Promise<void> {
  const wanted = `${lines.join('\n')}\n`.length;
  await until('all lines', async () => {
    const text = await readFile(output, 'utf8');
    return text.length >= wanted && text.endsWith('\n') ? true : undefined;
  });
}

for (const kind of ['full', 'read-only'] as const) {
  test(`a sink file on a disk that is ${kind}: it says so, waits, and no line is lost`, async (t) => {
    const disk = await smallDisk(t, 128 * 1024);
    if (disk === null) return;
    const output = join(disk.root, 'out.txt');
    if (kind === 'read-only') {
      await writeFile(output, '');
      await disk.remount('ro');
    }
    const { worker, lines } = await copying(t, { output });
    const told = await worker.printed(
      /"level":"(warn|error)"[^\n]*(the disk is full|read-only|EROFS)[^\n]*/i,
    );
    assert.match(told, /"connector":"write"/);
    if (kind === 'read-only') await disk.remount('rw');
    execFileSync('mount', ['-o', 'remount,size=8388608', disk.root]);
    await hasAll(output, lines);
    worker.signal('SIGTERM');
    assert.equal((await worker.ended).code, 0);
    const written = (await readFile(output, 'utf8')).trimEnd().split('\n');
    assert.deepEqual(new Set(written), new Set(lines));
  });
}

test('an embedded store on a disk that is full: sends wait for room, and no line is lost', async (t) => {
  const disk = await smallDisk(t, 1024 * 1024);
  if (disk === null) return;
  const { worker, lines, output } = await copying(t, { dataDir: disk.root });
  const told = await worker.printed(/"level":"warn"[^\n]*the message was not stored: ENOSPC[^\n]*/);
  assert.match(told, /"connector":"read"/);
  execFileSync('mount', ['-o', 'remount,size=67108864', disk.root]);
  await hasAll(output, lines);
  worker.signal('SIGTERM');
  assert.equal((await worker.ended).code, 0);
  assert.deepEqual((await readFile(output, 'utf8')).trimEnd().split('\n'), lines);
});
