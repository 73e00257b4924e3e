/** `run` as a process: how it starts, what it says, and how it ends. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { cliJson, runCli, startCli, type RunningCli } from '../rig/cli.js';
import type { Lag, OffsetsShow, TasksList } from '../rig/results.js';
import { until } from '../rig/until.js';
import { startPiped } from './piped.js';
import { sampleJob, type SampleJob, type SampleOptions } from './sample-job.js';

async function jobFor(t: TestContext, options: SampleOptions = {}): Promise<SampleJob> {
  const job = await sampleJob(options);
  t.after(() => job.remove());
  return job;
}

/** A run without end, once it has moved something. */
async function running(t: TestContext, job: SampleJob, ...args: string[]): Promise<RunningCli> {
  const worker = startCli([...job.run, ...args], { cwd: job.folder });
  t.after(() => worker.kill());
  await until('lines in the output', () => {
    if (!existsSync(job.output)) return undefined;
    return readFile(job.output, 'utf8').then((text) => (text.length > 0 ? true : undefined));
  });
  return worker;
}

const lines = async (path: string): Promise<number> => (await readFile(path, 'utf8')).split('\n').length - 1;

interface Failed {
  readonly ok: false;
  readonly error: { readonly code: string; readonly message: string; readonly problems?: readonly object[] };
}

describe('run --once', () => {
  test('moves everything, says what it did and what to try next', async (t) => {
    const job = await jobFor(t, { count: 500 });
    const { code, stdout, stderr } = await runCli([...job.run, '--once'], { cwd: job.folder });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '', 'stdout is for data');
    assert.equal(await lines(job.output), 500);
    assert.match(stderr, /write +sink +finished +500/);
    for (const next of ['offsets show', 'tasks list', 'lag']) {
      assert.ok(stderr.includes(`npx rmq-connect ${next} --data-dir ${job.dataDir}`), stderr);
    }
    assert.ok(!stderr.includes('\u001b'), 'no escape codes where there is no terminal');
    assert.ok(!existsSync(join(job.dataDir, 'broker.json')), 'the embedded broker is gone');
    assert.ok(!existsSync(join(job.dataDir, 'lock')));
  });

  test('--json: events and the result, one object a line, and the talk as JSON lines on stderr', async (t) => {
    const job = await jobFor(t, { count: 50 });
    const ended = await runCli([...job.run, '--once', '--json', '--log-format', 'json'], { cwd: job.folder });
    assert.equal(ended.code, 0, ended.stderr);
    const objects = ended.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const last = objects.at(-1) as { ok: boolean; result: { connectors: { records: number }[] } };
    assert.equal(last.ok, true);
    assert.deepEqual(
      last.result.connectors.map(({ records }) => records),
      [50, 50],
    );
    const events = objects.slice(0, -1);
    assert.ok(events.some(({ event, connector }) => event === 'connector_finished' && connector === 'write'));
    for (const line of ended.stderr.trimEnd().split('\n')) {
      const entry = JSON.parse(line) as Record<string, unknown>;
      assert.ok('at' in entry && 'level' in entry && 'message' in entry, line);
    }
  });

  test('a failure of a task is told with its cause: exit 1', async (t) => {
    const job = await jobFor(t);
    const broken = join(job.folder, 'broken.yaml');
    await writeFile(
      broken,
      `connectors:
  make:
    source: generate
    topic: sample
    config: { count: 3 }
  write:
    sink: file
    topic: sample
    config: { path: ./is-a-file/out.txt }
`,
    );
    await writeFile(join(job.folder, 'is-a-file'), 'not a folder\n');
    const ended = await runCli(['run', broken, '--once', '--data-dir', job.dataDir, '--json'], {
      cwd: job.folder,
    });
    assert.equal(ended.code, 1, ended.stdout + ended.stderr);
    const { ok, error } = JSON.parse(ended.stdout.trimEnd().split('\n').at(-1) ?? '') as Failed;
    assert.equal(ok, false);
    assert.equal(error.code, 'connectors_failed');
    assert.match(JSON.stringify(error), /is-a-file/);
  });
});

describe('what keeps a run from starting', () => {
  test('problems of the job: all of them, exit 2, nothing started', async (t) => {
    const job = await jobFor(t);
    await writeFile(job.file, 'connectors:\n  a:\n    sourc: file\n  b: { sink: file }\n');
    const text = await runCli(job.run, { cwd: job.folder });
    assert.equal(text.code, 2);
    assert.match(text.stderr, /^sample\.yaml:3:5 .*sourc/m);
    assert.match(text.stderr, /^sample\.yaml:4:3 /m);
    const told = await runCli([...job.run, '--json'], { cwd: job.folder });
    const { error } = JSON.parse(told.stdout) as Failed;
    assert.equal(error.code, 'definition');
    const problem = error.problems?.[0] ?? {};
    for (const key of ['file', 'line', 'column', 'path', 'message', 'hint']) assert.ok(key in problem, key);
    assert.ok(!existsSync(job.dataDir));
  });

  test('validate finds the same, and else says what the job does', async (t) => {
    const job = await jobFor(t);
    const good = await runCli(['validate', job.file], { cwd: job.folder });
    assert.equal(good.code, 0, good.stderr);
    assert.match(good.stdout, /make: reads with generate.*topic sample/);
    assert.match(good.stdout, /write: takes from topic sample as group connect-write/);
    await writeFile(job.file, 'connectors: { a: { source: fil } }\n');
    const bad = await runCli(['validate', job.file, '--json'], { cwd: job.folder });
    assert.equal(bad.code, 2);
    assert.ok(((JSON.parse(bad.stdout) as Failed).error.problems ?? []).length > 0);
  });

  test('a RocketMQ that is not there: exit 3, with its address', async (t) => {
    const job = await jobFor(t, { nameserver: '127.0.0.1:1' });
    const ended = await runCli(job.run, { cwd: job.folder });
    assert.equal(ended.code, 3, ended.stderr);
    assert.match(ended.stderr, /127\.0\.0\.1:1\b/);
    assert.ok(ended.ms < 10_000);
  });

  test('with --wait it says that it waits; stopped then, it is exit 0', async (t) => {
    const job = await jobFor(t, { nameserver: '127.0.0.1:1' });
    const worker = startCli([...job.run, '--wait'], { cwd: job.folder });
    t.after(() => worker.kill());
    await worker.printed(/waiting for RocketMQ at 127\.0\.0\.1:1\b|127\.0\.0\.1:1\b.*cannot be reached/);
    worker.signal('SIGTERM');
    const ended = await worker.ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /before anything was started/);
  });

  test('a connector that another job file has had', async (t) => {
    const job = await jobFor(t, { count: 1 });
    assert.equal((await runCli([...job.run, '--once'], { cwd: job.folder })).code, 0);
    const other = join(job.folder, 'other.yaml');
    await writeFile(other, await readFile(job.file));
    const run = ['run', other, '--once', '--data-dir', job.dataDir];
    const refused = await runCli(run, { cwd: job.folder });
    assert.equal(refused.code, 2, refused.stderr);
    assert.ok(
      refused.stderr.includes(`connectors forget make --yes --data-dir ${job.dataDir}\n`),
      refused.stderr,
    );
    for (const name of ['make', 'write']) {
      const forget = ['connectors', 'forget', name, '--data-dir', job.dataDir];
      const told = await runCli(forget, { cwd: job.folder });
      assert.deepEqual([told.code, told.stderr.includes(`would forget ${name} `)], [0, true], told.stderr);
      assert.equal((await runCli(run, { cwd: job.folder })).code, 2, 'it is remembered as before');
      assert.equal((await runCli([...forget, '--yes'], { cwd: job.folder })).code, 0);
    }
    assert.equal((await runCli(run, { cwd: job.folder })).code, 0);
  });

  test('a console sink where --json has its objects', async (t) => {
    const job = await jobFor(t);
    await writeFile(job.file, 'connectors: { show: { sink: console, topic: sample, config: {} } }\n');
    const ended = await runCli([...job.run, '--json'], { cwd: job.folder });
    assert.equal(ended.code, 2);
    assert.match((JSON.parse(ended.stdout) as Failed).error.message, /show/);
  });
});

describe('while a worker runs', () => {
  test('the other commands tell of it, and a second one is refused', async (t) => {
    const job = await jobFor(t, { count: null, rate: 200 });
    const worker = await running(t, job);
    const options = { cwd: job.folder };
    const at = ['--data-dir', job.dataDir];
    const tasks = await until('both tasks running', async () => {
      const listed = await cliJson<TasksList>(['tasks', 'list', ...at], options);
      return listed.tasks.length === 2 && listed.tasks.every(({ state }) => state === 'running')
        ? listed.tasks
        : undefined;
    });
    assert.deepEqual(
      tasks.map(({ connector }) => connector),
      ['make', 'write'],
    );
    const lag = await until('rates, which take a second to tell', async () => {
      const told = await cliJson<Lag>(['lag', ...at], options);
      return told.connectors.every(({ rate }) => rate.now !== null) ? told : undefined;
    });
    assert.equal(typeof lag.total.records, 'number');
    const offsets = await cliJson<OffsetsShow>(['offsets', 'show', ...at], options);
    assert.equal(offsets.connectors.length, 2);

    const second = await runCli(job.run, options);
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`process ${String(worker.pid)}`));
    const forget = await runCli(['connectors', 'forget', 'make', ...at], options);
    assert.equal(forget.code, 1);
    assert.match(forget.stderr, /make cannot be forgotten while a worker runs/);

    worker.signal('SIGINT');
    const ended = await worker.ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /stopping/);
    const after = await cliJson<TasksList>(['tasks', 'list', ...at], options);
    assert.ok(after.tasks.every(({ state }) => state === 'stopped'));
  });

  test('killed, it is shown as stopped, and the next one takes its place', async (t) => {
    const job = await jobFor(t, { count: null, rate: 200 });
    const worker = await running(t, job);
    const at = ['--data-dir', job.dataDir];
    await until('a status', () => existsSync(join(job.dataDir, 'connectors/write/status.json')) || undefined);
    await worker.kill();
    const { tasks } = await cliJson<TasksList>(['tasks', 'list', ...at], { cwd: job.folder });
    assert.ok(tasks.every(({ state, wanted }) => state === 'stopped' && wanted === 'running'));
    const next = startCli(job.run, { cwd: job.folder });
    t.after(() => next.kill());
    await next.printed(/write: started/);
    next.signal('SIGTERM');
    assert.equal((await next.ended).code, 0);
  });

  test('a second signal ends it at once', async (t) => {
    const job = await jobFor(t, { count: null, rate: 200 });
    const worker = await running(t, job);
    // Both are waiting for it when it goes on.
    worker.signal('SIGSTOP');
    worker.signal('SIGINT');
    worker.signal('SIGTERM');
    worker.signal('SIGCONT');
    const { code } = await worker.ended;
    assert.ok(code === 130 || code === 143, String(code));
  });

  test('what cannot be committed in time is told: exit 1', async (t) => {
    const server = await jobFor(t);
    const broker = startCli(['broker', '--port', '0', '--json', '--data-dir', server.dataDir], {
      cwd: server.folder,
    });
    t.after(() => broker.kill());
    const [, address] = /"address":"([^"]+)"/.exec(await broker.printed(/"address":"[^"]+"/)) ?? [];
    assert.ok(address !== undefined);
    const job = await jobFor(t, { count: null, rate: 200, nameserver: address });
    const worker = await running(t, job, '--shutdown-timeout', '1s');
    broker.signal('SIGSTOP');
    worker.signal('SIGINT');
    const ended = await worker.ended;
    broker.signal('SIGCONT');
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /did not finish within 1 s \(--shutdown-timeout\)/);
    broker.signal('SIGTERM');
    assert.equal((await broker.ended).code, 0);

    const lag = await runCli(['lag', '--json', '--data-dir', job.dataDir], { cwd: job.folder });
    assert.equal(lag.code, 3, lag.stdout);
    const { error } = JSON.parse(lag.stdout) as { error: { message: string; result: Lag } };
    assert.ok(error.message.includes(address), error.message);
    assert.deepEqual(
      error.result.connectors.map(({ connector }) => connector),
      ['make', 'write'],
    );
  });

  test('it stops when the reader of its JSON has gone', async (t) => {
    const job = await jobFor(t, { count: null, rate: 200 });
    const { code, stderr, first } = await startPiped([...job.run, '--json'], job.folder);
    assert.equal(code, 0, stderr);
    assert.match(first, /^\{"type":"event"/);
    assert.doesNotMatch(stderr, /EPIPE/);
  });
});
