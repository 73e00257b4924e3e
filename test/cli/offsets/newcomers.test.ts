/** Places given to connectors that have not run yet, as processes on the embedded broker. */
import assert from 'node:assert/strict';
import { appendFile, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runCli } from '../../rig/cli.js';
import { temporaryFolder } from '../../temp-folder.js';
import { cliOf, failureOf, type Moved } from './moving.js';

const lines = ['grüße', 'two', 'three', 'four'];

/** A job that copies a file of four lines, and has not run. */
async function freshJob(t: TestContext) {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'logs'));
  await writeFile(join(folder, 'logs/a.log'), `${lines.join('\n')}\n`);
  await writeFile(
    join(folder, 'job.yaml'),
    `connectors:
  read: { source: file, topic: lines, config: { path: ./logs/*.log } }
  write: { sink: file, topic: lines, config: { path: ./out.txt } }
`,
  );
  const dataDir = join(folder, 'data');
  const run = async (): Promise<readonly string[]> => {
    const ended = await runCli(['run', 'job.yaml', '--once', '--data-dir', dataDir], { cwd: folder });
    assert.equal(ended.code, 0, ended.stderr);
    return (await readFile(join(folder, 'out.txt'), 'utf8')).split('\n').slice(0, -1);
  };
  return { folder, dataDir, run, cli: cliOf({ dataDir, folder }) };
}

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64');

/** The `position.json` of a Java worker with these connectors. */
async function javaFile(folder: string, entries: readonly (readonly [string, object, object])[]) {
  const file = join(folder, 'position.json');
  const content = Object.fromEntries(
    entries.map(([namespace, partition, offset]) => [base64({ namespace, partition }), base64({ offset })]),
  );
  await writeFile(file, JSON.stringify(content));
  return file;
}

test('what a Java worker has read is not read again: its places come before the first run', async (t) => {
  const { folder, cli, run } = await freshJob(t);
  const java = await javaFile(folder, [
    ['file-source', { filename: join(folder, 'logs/a.log') }, { nextPosition: 'grüße\ntwo\n'.length }],
    ['jdbc-source', { table: 'orders' }, { incrementing: 42 }],
    ['write', { topic: 'lines' }, { nextPosition: 3 }],
  ]);
  const line = ['offsets', 'import', java, '--from-java', '--rename', 'file-source=read'];
  const unknown = failureOf(await cli.text(...line, '--json'), 2);
  assert.match(unknown.message, /remembers no connector read/);

  const shown = await cli.json<Moved>(...line, '--job', 'job.yaml');
  assert.equal(shown.applied, false);
  assert.match((await cli.text('connectors', 'list')).stderr, /remembers no connector/, 'nothing is changed');

  const moved = await cli.json<Moved>(...line, '--job', 'job.yaml', '--yes');
  assert.equal(moved.applied, true);
  assert.deepEqual(
    moved.left_out.map(({ connector }) => connector),
    ['write', 'jdbc-source'],
  );
  assert.match(moved.left_out[0]?.reason ?? '', /write is a sink here/);
  assert.match(moved.left_out[1]?.reason ?? '', /no connector here has this name/);
  assert.deepEqual(await run(), ['three', 'four']);
});

test('a file that has read nothing of ours, or a name that was meant and is not here, is an error', async (t) => {
  const { folder, cli } = await freshJob(t);
  const java = await javaFile(folder, [['there', { filename: '/a' }, { nextPosition: 3 }]]);
  const line = ['offsets', 'import', java, '--from-java', '--job', 'job.yaml'];
  assert.match(failureOf(await cli.text(...line, '--json'), 2).message, /remembers no connector there/);
  const renamed = await cli.text(...line, '--rename', 'there=reed', '--json');
  assert.match(failureOf(renamed, 2).message, /remembers no connector reed/);
});

test('a source begins behind what is there; what was exported begins in another data directory', async (t) => {
  const { folder, cli, run } = await freshJob(t);
  const set = ['offsets', 'set', 'read', '--to', 'latest', '--job', 'job.yaml', '--yes'];
  assert.equal((await cli.json<Moved>(...set)).applied, true);
  await appendFile(join(folder, 'logs/a.log'), 'five\n');
  assert.deepEqual(await run(), ['five']);

  const exported = join(folder, 'exported.json');
  await cli.json('offsets', 'export', 'read', '--output', exported);
  const other = cliOf({ dataDir: join(folder, 'other'), folder });
  await other.json('offsets', 'import', exported, '--job', 'job.yaml', '--yes');
  assert.deepEqual(await positionsIn(folder, 'other'), await positionsIn(folder, 'data'));
});

test('a job file that does not hold, or whose names are of another one, changes nothing', async (t) => {
  const { folder, cli, run } = await freshJob(t);
  const set = ['offsets', 'set', 'read', '--to', 'latest', '--yes', '--json', '--job'];
  assert.equal(failureOf(await cli.text(...set, 'none.yaml'), 2).code, 'definition');
  await run();
  await copyFile(join(folder, 'job.yaml'), join(folder, 'same.yaml'));
  assert.equal(failureOf(await cli.text(...set, 'same.yaml'), 2).code, 'name_taken');
});

async function positionsIn(folder: string, dataDir: string): Promise<readonly unknown[]> {
  const text = await readFile(join(folder, dataDir, 'connectors/read/positions.json'), 'utf8');
  const { partitions } = JSON.parse(text) as { partitions: Record<string, { position: unknown }> };
  return Object.values(partitions).map(({ position }) => position);
}
