import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import type { JsonObject, SinkTask } from '../../src/sdk/index.js';
import { sinkContext, sinkRecord } from '../../src/sdk/acceptance/index.js';
import { compilePath, fileNamePart } from './path-template.js';
import { sink } from './sink.js';
import { temporaryFolder } from './temporary-folder.test.helper.js';

async function open(
  t: TestContext,
  baseDir: string,
  config: JsonObject,
  warnings: string[] = [],
): Promise<SinkTask> {
  const log = { info: () => undefined, warn: (text: string) => warnings.push(text), error: () => undefined };
  const context = { ...sinkContext(baseDir), log };
  const connector = await sink.start(sink.spec.parse(config), context);
  const task = await connector.open({ ...context, task: 0 });
  t.after(async () => {
    await task.close();
    await connector.close();
  });
  return task;
}

const signal = new AbortController().signal;
const records = (...values: (string | Buffer | null | JsonObject)[]) =>
  values.map((value) => sinkRecord({ value }));

it('writes bytes as they are, objects as JSON, and leaves tombstones out', async (t) => {
  const dir = await temporaryFolder(t);
  const task = await open(t, dir, { path: 'out' });
  await task.write(records('text', '', null, { a: 1 }, Buffer.from([0xff, 0x00, 0x0d])), signal);
  assert.deepEqual(await readFile(join(dir, 'out')), Buffer.from('text\n\n{"a":1}\n\xff\0\r\n', 'latin1'));
});

it('writes tombstones as empty lines when asked to', async (t) => {
  const dir = await temporaryFolder(t);
  const task = await open(t, dir, { path: 'out', nulls: 'empty' });
  await task.write(records('a', null, 'b'), signal);
  assert.equal(await readFile(join(dir, 'out'), 'utf8'), 'a\n\nb\n');
});

it('takes a JSON null for a tombstone, and a text that ends like one for text', async (t) => {
  const batch = ['null', ' null \n', 'not null', 'l'].map((text) =>
    sinkRecord({ value: text.trim() === 'null' ? null : text, body: Buffer.from(text) }),
  );
  for (const [nulls, expected] of [
    ['skip', 'not null\nl\n'],
    ['empty', '\n\nnot null\nl\n'],
  ]) {
    const dir = await temporaryFolder(t);
    const task = await open(t, dir, { path: 'out', nulls: nulls ?? '' });
    await task.write(batch, signal);
    assert.equal(await readFile(join(dir, 'out'), 'utf8'), expected);
  }
});

it('cuts off a line that a crash left torn, and says so', async (t) => {
  const dir = await temporaryFolder(t);
  await writeFile(join(dir, 'out'), `whole\n${'x'.repeat(200_000)}`);
  const warnings: string[] = [];
  const task = await open(t, dir, { path: 'out' }, warnings);
  await task.write(records('next'), signal);
  assert.equal(await readFile(join(dir, 'out'), 'utf8'), 'whole\nnext\n');
  assert.equal(await readFile(join(dir, 'out.torn'), 'utf8'), 'x'.repeat(200_000));
  assert.match(warnings.join(), /ended in the middle of a line/);
});

it('appends to a file that ends in a newline', async (t) => {
  const dir = await temporaryFolder(t);
  await writeFile(join(dir, 'out'), 'whole\n');
  const warnings: string[] = [];
  const task = await open(t, dir, { path: 'out', fsync: 'always' }, warnings);
  await task.write(records('next'), signal);
  await appendFile(join(dir, 'out'), 'other\n');
  await task.write(records('last'), signal);
  assert.equal(await readFile(join(dir, 'out'), 'utf8'), 'whole\nnext\nother\nlast\n');
  assert.deepEqual(warnings.length, 1);
  assert.match(warnings.join(), /somebody else changes/);
});

it('sorts records to many files while few are open', async (t) => {
  const dir = await temporaryFolder(t);
  const task = await open(t, dir, { path: 'by-key/{key}/{date:yyyy-MM-dd}.txt', max_open_files: 3 });
  for (let round = 0; round < 3; round += 1) {
    const batch = Array.from({ length: 20 }, (_, n) => sinkRecord({ value: `${round}`, key: `k${n}` }));
    await task.write(batch, signal);
  }
  await task.flush?.();
  assert.equal((await readdir(join(dir, 'by-key'))).length, 20);
  for (let n = 0; n < 20; n += 1) {
    assert.equal(await readFile(join(dir, `by-key/k${n}/2023-11-14.txt`), 'utf8'), '0\n1\n2\n');
  }
});

it('lets no key lead out of its folder', () => {
  const path = compilePath('out/{key}.txt');
  const pathOf = (key: string) => path(sinkRecord({ value: '', key }));
  assert.equal(pathOf('../../etc/passwd'), 'out/..%2F..%2Fetc%2Fpasswd.txt');
  assert.equal(fileNamePart('..'), '%2E%2E');
  assert.equal(fileNamePart('.'), '%2E');
  assert.equal(fileNamePart(''), '_');
  assert.equal(fileNamePart('a\0b\\c:%'), 'a%00b%5Cc%3A%25');
  assert.equal(fileNamePart('grün-日本'), 'grün-日本');
  const long = fileNamePart('é'.repeat(500));
  assert.ok(Buffer.byteLength(long) <= 200 && long !== fileNamePart('é'.repeat(501)));
});

it('refuses a path it cannot fill in', () => {
  for (const path of ['{nothing}', '{date:dd.QQ}', '{topic', 'a}']) {
    assert.deepEqual(sink.spec.safeParse({ path }).error?.issues[0]?.path, ['path'], path);
  }
});

it('says why it cannot write', async (t) => {
  const dir = await temporaryFolder(t);
  await mkdir(join(dir, 'out'));
  const task = await open(t, dir, { path: 'out' });
  await assert.rejects(task.write(records('x'), signal), /cannot write to .*out: it is a folder/);
});
