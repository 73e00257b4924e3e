/** Every job in examples/ runs as it is; those that need a server of their own do so beside its other tests. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cliJson, runCli, startCli } from '../rig/cli.js';
import { startEmbeddedRig, type EmbeddedRig } from '../rig/embedded-rig.js';
import { copiedExamples, runExample } from '../rig/example.js';
import { projectRoot } from '../rig/project.js';
import { scratchMysql } from '../rig/scratch-mysql.js';
import { scratchPostgres } from '../rig/scratch-postgres.js';
import { until } from '../rig/until.js';

const table = 'CREATE TABLE rmq_connect_example (id bigint PRIMARY KEY, customer text)';
const countRows = 'SELECT count(*) AS n FROM rmq_connect_example';

it('postgres.yaml', async (t) => {
  const database = await scratchPostgres(t);
  await database.sql(table);
  const printed = await runExample(t, 'postgres.yaml', 2, { PGURL: database.url });
  assert.match(printed, /"id":"?100"?,"customer"/);
  assert.deepEqual(
    (await database.sql(countRows)).map(({ n }) => Number(n)),
    [100],
  );
});

it('mysql.yaml', async (t) => {
  const database = await scratchMysql(t);
  await database.sql(table);
  const printed = await runExample(t, 'mysql.yaml', 2, { MYSQL_URL: database.url });
  assert.match(printed, /"id":"?100"?,"customer"/);
  assert.deepEqual(
    (await database.sql(countRows)).map(({ n }) => Number(n)),
    [100],
  );
});

it('quickstart.yaml', async (t) => {
  const folder = await copiedExamples(t);
  const { code, stderr } = await runCli(['run', 'examples/quickstart.yaml', '--once'], { cwd: folder });
  assert.equal(code, 0, stderr);
  const copied = await readFile(join(folder, 'examples/out/quickstart.txt'), 'utf8');
  assert.equal(copied.split('\n').length - 1, 1_000);
});

it('generate-to-console.yaml', async (t) => {
  const printed = await runExample(t, 'generate-to-console.yaml', 1);
  assert.equal(printed.split('\n').filter((line) => line.includes('"customer"')).length, 50);
});

describe('mirror.yaml and billing.yaml', () => {
  let east: EmbeddedRig;
  let west: EmbeddedRig;
  before(async () => {
    [east, west] = await Promise.all([startEmbeddedRig(120_000), startEmbeddedRig(120_000)]);
  });
  after(async () => {
    await Promise.all([east.stop(), west.stop()]);
  });

  it('copy what is in the topics, and read it there', async (t) => {
    const cwd = await copiedExamples(t);
    const make = ['run', 'examples/generate-to-console.yaml', '--once', '--data-dir', 'made'];
    const set = (path: string, value: string): string[] => ['--set', `${path}=${value}`];
    const config = 'connectors.east-to-west.config';
    const made = await runCli(
      [
        ...make,
        ...set('rocketmq.nameserver', east.nameserver),
        ...set('connectors.make-orders.topic', 'orders'),
        ...set('connectors.print.topic', 'orders'),
      ],
      { cwd },
    );
    assert.equal(made.code, 0, made.stderr);
    const mirror = startCli(
      [
        ...['run', 'examples/mirror.yaml'],
        ...set(`${config}.from.nameserver`, east.nameserver),
        ...set(`${config}.to.nameserver`, west.nameserver),
      ],
      { cwd },
    );
    t.after(() => mirror.kill());
    await until('50 orders on the other side', async () => {
      const { topics } = await cliJson<{ topics: { topic: string; messages: number }[] }>(
        ['topics', 'list', '--nameserver', west.nameserver],
        { cwd },
      );
      return topics.find(({ topic }) => topic === 'orders')?.messages === 50 ? true : undefined;
    });
    const billing = await runCli(
      [
        'run',
        'examples/billing.yaml',
        '--once',
        ...set('rocketmq.nameserver', west.nameserver),
        '--data-dir',
        'west',
      ],
      { cwd },
    );
    assert.equal(billing.stdout.split('\n').filter((line) => line.includes('"customer"')).length, 50);
  });
});

it('none is left out', async () => {
  const names = (await readdir(join(projectRoot, 'examples'))).filter((name) => name.endsWith('.yaml'));
  const folder = join(projectRoot, 'test/real');
  const tests = await Promise.all(
    (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
  );
  const run = (name: string): boolean =>
    tests.some((text) => text.includes(`/${name}'`) || text.includes(`(t, '${name}'`));
  assert.deepEqual(
    names.filter((name) => !run(name)),
    [],
    'examples that no test of test/real runs',
  );
});
