/** `run` and `lag --watch` at a terminal: util-linux's `script` gives them one. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { outputOf, type Ended } from '../rig/command.js';
import { spawnOwned } from '../rig/owned.js';
import { projectRoot } from '../rig/project.js';
import { until } from '../rig/until.js';
import { sampleJob } from './sample-job.js';
import { noScript } from './script.js';

const escape = '\u001b';
const colours = new RegExp(`${escape}\\[\\d+m`);
const hideCursor = `${escape}[?25l`;
const showCursor = `${escape}[?25h`;

/** Runs a shell line on a terminal; what appears on it is its stdout. */
function onTerminal(
  line: string,
  cwd: string,
  { columns = 100, env = {} }: { columns?: number; env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  const child = spawnOwned('script', ['-qec', `stty cols ${String(columns)} rows 30; ${line}`, '/dev/null'], {
    cwd,
    env: { ...process.env, NO_COLOR: '', TERM: 'xterm', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return outputOf(child);
}

const program = `${process.execPath} ${join(projectRoot, 'bin/rmq-connect.js')}`;

describe('at a terminal', { skip: noScript }, () => {
  test('a terminal that does not know its width gets lines', async (t) => {
    const job = await sampleJob({ count: 30 });
    t.after(() => job.remove());
    const line = `${program} ${job.run.join(' ')} --once`;
    const { code, stdout } = await onTerminal(line, job.folder, { columns: 0 });
    assert.equal(code, 0, stdout);
    assert.ok(!stdout.includes(escape), stdout);
    assert.match(stdout, /make: finished after 30 records/);
  });

  test('run shows a live block in colour, and gives the cursor back', async (t) => {
    const job = await sampleJob({ count: 300, rate: 200 });
    t.after(() => job.remove());
    const { code, stdout } = await onTerminal(`${program} ${job.run.join(' ')} --once`, job.folder);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /CONNECTOR +STATE +RECORDS +RATE +BEHIND +LAST ERROR/);
    assert.match(stdout, /\d s, Ctrl-C stops/);
    assert.match(stdout, /make +\S*running/);
    assert.match(stdout, colours);
    assert.ok(stdout.includes(`${escape}[4A`), 'it is drawn in place');
    assert.ok(stdout.lastIndexOf(showCursor) > stdout.lastIndexOf(hideCursor), 'the cursor is back');
    assert.match(stdout, /What to try next/);
  });

  test('NO_COLOR leaves the colours out', async (t) => {
    const job = await sampleJob({ count: 10 });
    t.after(() => job.remove());
    const line = `${program} ${job.run.join(' ')} --once && ${program} lag --data-dir ${job.dataDir}`;
    const { code, stdout } = await onTerminal(line, job.folder, { env: { NO_COLOR: '1' } });
    assert.equal(code, 0, stdout);
    assert.doesNotMatch(stdout, colours);
    assert.match(stdout, /RECORDS BEHIND/);
  });

  test('Ctrl-C stops it: exit 0, with what it did', async (t) => {
    const job = await sampleJob({ count: null, rate: 200 });
    t.after(() => job.remove());
    const pid = join(job.folder, 'pid');
    // The shell becomes the program: the terminal sends its Ctrl-C there.
    const line = `echo $$ > ${pid}; exec ${program} ${job.run.join(' ')}`;
    const ending = onTerminal(line, job.folder);
    await lines(job.output);
    process.kill(Number(await readFile(pid, 'utf8')), 'SIGINT');
    const { code, stdout } = await ending;
    assert.equal(code, 0, stdout);
    assert.match(stdout, /stopping: what is in flight/);
    assert.match(stdout, /write +sink +\S*stopped/);
    assert.ok(stdout.endsWith(showCursor) || stdout.lastIndexOf(showCursor) > stdout.lastIndexOf(hideCursor));
  });

  test('a console sink prints there: no block is drawn over it', async (t) => {
    const job = await sampleJob();
    t.after(() => job.remove());
    await writeFile(
      job.file,
      `connectors:
  make: { source: generate, topic: sample, config: { count: 5, rate: unlimited } }
  show: { sink: console, topic: sample, config: {} }
`,
    );
    const { code, stdout } = await onTerminal(`${program} ${job.run.join(' ')} --once`, job.folder);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^record 5\r$/m);
    assert.doesNotMatch(stdout, /Ctrl-C stops/);
  });
});

async function lines(path: string): Promise<void> {
  await until(`lines in ${path}`, async () => ((await readFile(path)).length > 0 ? true : undefined));
}
