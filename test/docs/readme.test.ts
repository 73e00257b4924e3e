/** Every command of the README and of docs/errors.md, as it stands there, in folders with nothing but what they say. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { runCli } from '../rig/cli.js';
import { blocksOf, commandsOf, DocWalk, sectionOf } from '../rig/doc-walk.js';
import { projectRoot } from '../rig/project.js';
import { quickstartIn } from '../rig/quickstart.js';
import { freePort } from '../rig/rocketmq/ports.js';
import { until } from '../rig/until.js';
import { temporaryFolder } from '../temp-folder.js';

/** What runs this test, and what fetches packages. */
const notHere = ['npm test', 'npm ci'];
const commandsIn = (text: string): readonly string[] =>
  commandsOf(text).map((line) => line.replace('npm ci && ', ''));
const env = { ROCKETMQ_ACCESS_KEY: 'someone', ROCKETMQ_SECRET_KEY: 'something' };

describe('the commands of the README', () => {
  let readme = '';
  let adapt = (text: string): string => text;
  const walked: string[] = [];
  before(async () => {
    const pages = ['README.md', 'docs/errors.md'].map((page) => readFile(join(projectRoot, page), 'utf8'));
    readme = (await Promise.all(pages)).join('\n');
    const [broker, api] = [String(await freePort()), String(await freePort())];
    adapt = (text) => text.replaceAll('9876', broker).replaceAll('8082', api);
  });
  after(() => {
    assert.deepEqual(
      commandsIn(readme).filter((line) => !notHere.includes(line) && !walked.includes(line)),
      [],
      'commands that no test here has run',
    );
  });

  /** The commands of a section, of which each is run once by `run` or `start`. */
  async function section(t: TestContext, heading: string, folder?: string) {
    const cwd = folder ?? (await temporaryFolder(t));
    const lines = commandsIn(sectionOf(readme, heading));
    const walk = new DocWalk(t, { cwd, env }, adapt);
    const lineWith = (part: string): string => {
      const found = lines.find((line) => line.includes(part) && !walked.includes(line));
      assert.ok(found !== undefined, `no command with ${part} below ${heading}`);
      walked.push(found);
      return found;
    };
    return {
      cwd,
      run: (part: string) => walk.run(lineWith(part)),
      start: (part: string) => walk.start(lineWith(part)),
    };
  }

  /** The job file of the README, with logs beside it. */
  async function jobFolder(t: TestContext): Promise<string> {
    const folder = await temporaryFolder(t);
    const [job = ''] = blocksOf(sectionOf(readme, 'The job file'), 'yaml');
    const [errors = ''] = blocksOf(sectionOf(readme, 'What becomes of a record'), 'yaml');
    assert.ok(job.includes('    on_gap:'), 'where the lines on errors go');
    await writeFile(join(folder, 'job.yaml'), adapt(job.replace('    on_gap:', `${errors}    on_gap:`)));
    await mkdir(join(folder, 'logs'));
    await writeLog(folder, 'one ERROR\ntwo\n');
    return folder;
  }
  const writeLog = (folder: string, text: string) => appendFile(join(folder, 'logs/app.log'), text);

  test('Try it', async (t) => {
    const { cwd, run } = await section(t, 'Try it');
    await quickstartIn(cwd);
    await run('run examples/quickstart.yaml');
    const copied = await readFile(join(cwd, 'examples/out/quickstart.txt'), 'utf8');
    const lines = copied.trim().split('\n').length.toLocaleString('en');
    assert.match(await run('offsets show'), /connect-archive/);
    assert.match(await run('tasks list'), new RegExp(`archive.* ${lines} `));
    await run('rmq-connect lag');
  });

  test('In CI, dead letters, watching and moving: one job file', async (t) => {
    const folder = await jobFolder(t);
    const archived = () => readFile(join(folder, 'out/archive.txt'), 'utf8');

    const ci = await section(t, 'In CI', folder);
    await ci.start('broker');
    await ci.run('--once');
    await ci.run('lag --max 0');
    assert.equal(await archived(), 'one ERROR\n');
    assert.match(await ci.run('jq'), /"lag":0/);

    await writeLog(folder, 'three ERROR\n');
    const asJson = ['--set', 'connectors.archive.format=json'];
    const bad = await runCli(['run', 'job.yaml', '--once', ...asJson], { cwd: folder, env });
    assert.equal(bad.code, 0, bad.stderr);
    const letters = await section(t, 'Dead letters', folder);
    assert.match(await letters.run('dlq list'), /archive/);
    assert.match(await letters.run('dlq show'), /three ERROR/);
    await letters.run('dlq replay');

    const watching = await section(t, 'Watching a worker', folder);
    const worker = await watching.start('run job.yaml');
    await until('the letter that was given back', async () =>
      (await archived()).includes('three') ? true : undefined,
    );
    assert.match(await watching.run('top'), /archive/);
    const tapped = watching.run('tap');
    const writing = setInterval(() => void writeLog(folder, 'ERROR again\n'), 50);
    try {
      assert.match(await tapped, /ERROR again/);
    } finally {
      clearInterval(writing);
    }
    assert.match(await watching.run('/metrics'), /archive/);
    worker.signal('SIGINT');
    assert.equal((await worker.ended).code, 0, worker.output());

    assert.match(await letters.run('dlq purge'), /1/);
    const moving = await section(t, 'Moving a connector', folder);
    await moving.run('set archive');
    await moving.run('set archive');
    await moving.run('reset read-log');
    await moving.run('offsets export');
    assert.match(await readFile(join(folder, 'offsets.json'), 'utf8'), /access-log/);
  });

  test('The worker as a service', async (t) => {
    const { cwd, run, start } = await section(t, 'The worker as a service');
    const [, entry = ''] = /\n {2}archive:\n((?: {4}.*\n)+)/.exec(sectionOf(readme, 'The job file')) ?? [];
    await writeFile(join(cwd, 'entry.yaml'), entry.replaceAll(/^ {4}/gm, ''));
    const worker = await start('run --api');
    assert.match(await run('connectors create'), /archive/);
    await run('connectors pause');
    assert.match(await run('curl'), /"PAUSED"/);
    worker.signal('SIGINT');
    assert.equal((await worker.ended).code, 0, worker.output());
  });
});
