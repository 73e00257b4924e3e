/** The commands that look at a data directory and its broker, as processes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cliJson, runCli, startCli, type CliResult } from '../rig/cli.js';
import { sinkQueues, type Lag, type OffsetsShow, type TasksList } from '../rig/results.js';
import { until } from '../rig/until.js';
import { startPiped } from './piped.js';
import { sampleJob, type SampleJob } from './sample-job.js';

const escape = '\u001b';

interface Failed {
  readonly ok: false;
  readonly error: { readonly code: string; readonly message: string; readonly result?: Lag };
}

describe('after a run', () => {
  let job: SampleJob;
  before(async () => {
    job = await sampleJob({ count: 100 });
    const ended = await runCli([...job.run, '--once'], { cwd: job.folder });
    assert.equal(ended.code, 0, ended.stderr);
  });
  after(() => job.remove());

  const cli = (...args: string[]): Promise<CliResult> =>
    runCli([...args, '--data-dir', job.dataDir], { cwd: job.folder });
  const json = <T>(...args: string[]): Promise<T> =>
    cliJson<T>([...args, '--data-dir', job.dataDir], { cwd: job.folder });

  const commands = [
    'connectors list',
    'tasks list',
    'offsets show',
    'offsets show write',
    'lag',
    'plugins list',
    'plugins show file',
    'schema',
    'topics list',
    'topics show sample',
    'topics read sample',
  ];
  for (const command of commands) {
    test(`${command}: text without escape codes, or one JSON object and nothing else`, async () => {
      const text = await cli(...command.split(' '));
      assert.equal(text.code, 0, text.stderr);
      assert.notEqual(text.stdout, '');
      assert.ok(!(text.stdout + text.stderr).includes(escape));
      const told = await cli(...command.split(' '), '--json');
      assert.equal(told.code, 0, told.stderr);
      assert.equal(told.stderr, '');
      assert.equal(told.stdout.trimEnd().split('\n').length, 1);
      const answer = JSON.parse(told.stdout) as { ok: boolean; result: object };
      assert.deepEqual(Object.keys(answer), ['ok', 'result']);
      assert.equal(answer.ok, true);
    });
  }

  test('tasks list tells how each task ended', async () => {
    const { tasks } = await json<TasksList>('tasks', 'list');
    assert.deepEqual(Object.keys(tasks[0] ?? {}), [
      'connector',
      'task',
      'kind',
      'wanted',
      'state',
      'partitions',
      'records',
      'skipped',
      'dead_lettered',
      'retried',
      'errors',
      'error',
      'failures',
      'detail',
      'missed',
      'since',
    ]);
    assert.deepEqual(
      tasks.map(({ connector, kind, state, records }) => [connector, kind, state, records]),
      [
        ['make', 'source', 'finished', 100],
        ['write', 'sink', 'finished', 100],
      ],
    );
  });

  test('offsets show tells positions, and the offsets of the group as the broker has them', async () => {
    const shown = await json<OffsetsShow>('offsets', 'show');
    const [source, sink] = shown.connectors;
    assert.equal(source?.kind, 'source');
    assert.deepEqual(
      source.positions.map(({ position }) => position),
      [{ n: 100 }],
    );
    assert.equal(sink?.kind, 'sink');
    assert.equal(sink.group, 'connect-write');
    const queues = sinkQueues(shown);
    assert.deepEqual(Object.keys(queues[0] ?? {}), [
      'topic',
      'broker',
      'queue',
      'offset',
      'min',
      'max',
      'lag',
      'updated_at',
      'member',
    ]);
    assert.equal(queues.length, 4);
    assert.equal(
      queues.reduce((sum, { max }) => sum + max, 0),
      100,
    );
    assert.ok(queues.every(({ offset, max, lag }) => offset === max && lag === 0));
    assert.equal((await json<OffsetsShow>('offsets', 'show', 'make')).connectors.length, 1);
  });

  test('lag is 0, and the checks hold', async () => {
    const lag = await json<Lag>('lag', '--max', '0', '--max-age', '1s');
    assert.deepEqual(
      lag.connectors.map(({ connector, kind, lag: behind }) => [
        connector,
        kind,
        behind.records,
        behind.seconds,
      ]),
      [
        ['make', 'source', 0, 0],
        ['write', 'sink', 0, 0],
      ],
    );
    assert.deepEqual(lag.total, { records: 0 });
    assert.ok(lag.connectors.every((connector) => 'rate' in connector && 'last_record_at' in connector));
  });

  test('lag --watch --json prints one object a line, until it is stopped', async (t) => {
    const watching = startCli(['lag', '--watch', '100ms', '--json', '--data-dir', job.dataDir], {
      cwd: job.folder,
    });
    t.after(() => watching.kill());
    await until('three lines', () => (watching.output().split('\n').length > 3 ? true : undefined));
    watching.signal('SIGINT');
    const ended = await watching.ended;
    assert.equal(ended.code, 0, ended.stderr);
    for (const line of ended.stdout.trimEnd().split('\n')) {
      assert.equal((JSON.parse(line) as { result: Lag }).result.total.records, 0);
    }
  });

  test('several commands at once wait for each other at the embedded broker', async () => {
    const all = await Promise.all([json<Lag>('lag'), json<Lag>('lag'), json<OffsetsShow>('offsets', 'show')]);
    assert.equal(all.length, 3);
  });

  test('what is not there is named, with what is', async () => {
    const connector = await cli('lag', 'nobody');
    assert.equal(connector.code, 2);
    assert.match(connector.stderr, /nobody[\s\S]*make, write/);
    const plugin = await cli('plugins', 'show', 'nothing');
    assert.equal(plugin.code, 2);
    assert.match(plugin.stderr, /file/);
    const topic = await cli('topics', 'show', 'nowhere');
    assert.equal(topic.code, 1);
    assert.match(topic.stderr, /nowhere/);
  });
});

test('where nothing has run, a check of the lag does not hold: the data directory may be the wrong one', async (t) => {
  const job = await sampleJob();
  t.after(() => job.remove());
  const at = ['--data-dir', job.dataDir];
  for (const limit of [
    ['--max', '0'],
    ['--max-age', '1h'],
  ]) {
    const checked = await runCli(['lag', ...limit, ...at, '--json'], { cwd: job.folder });
    assert.equal(checked.code, 4, checked.stderr);
    const { error } = JSON.parse(checked.stdout) as Failed;
    assert.deepEqual([error.code, error.result?.connectors], ['nothing_to_check', []]);
  }
  const looked = await runCli(['lag', ...at], { cwd: job.folder });
  assert.equal(looked.code, 0);
  assert.match(looked.stdout, /remembers no connector; start some with rmq-connect run FILE/);
});

describe('messages', () => {
  test('are sent, counted against the sink, and read back', async (t) => {
    const job = await sampleJob({ count: 1 });
    t.after(() => job.remove());
    const options = { cwd: job.folder };
    const at = ['--data-dir', job.dataDir];
    assert.equal((await runCli([...job.run, '--once'], options)).code, 0);
    const send = [
      'topics',
      'send',
      'sample',
      '--queue',
      '2',
      '--key',
      'k',
      '--tag',
      't',
      '--property',
      'a=b=c',
    ];
    const sent = await cliJson<object>([...send, 'hello', 'wörld', ...at], options);
    assert.deepEqual(sent, {
      topic: 'sample',
      messages: 2,
      queues: [{ broker: 'embedded', queue: 2, offset: 0, messages: 2 }],
    });
    const lines = await cliJson<{ messages: number }>(['topics', 'send', 'sample', ...at], {
      ...options,
      input: 'one\ntwo\nthree',
    });
    assert.equal(lines.messages, 3);

    const { messages } = await cliJson<{ messages: readonly Record<string, unknown>[] }>(
      ['topics', 'read', 'sample', '--queue', '2', '--limit', '2', ...at],
      options,
    );
    assert.deepEqual(
      messages.map(({ queue, offset, key, tag, properties, body }) => [
        queue,
        offset,
        key,
        tag,
        properties,
        body,
      ]),
      [
        [2, 0, 'k', 't', { a: 'b=c' }, 'hello'],
        [2, 1, 'k', 't', { a: 'b=c' }, 'wörld'],
      ],
    );

    const lost = await runCli(['topics', 'send', 'nowhere', 'x', ...at], options);
    assert.equal(lost.code, 1);
    assert.match(lost.stderr, /there is no topic nowhere\n.*topics list/);

    const lag = await runCli(['lag', 'write', '--max', '4', '--json', ...at], options);
    assert.equal(lag.code, 4);
    const { ok, error } = JSON.parse(lag.stdout) as Failed;
    assert.equal(ok, false);
    assert.equal(error.code, 'lag_beyond_limit');
    assert.match(error.message, /write is 5 records behind/);
    assert.equal(error.result?.total.records, 5);
    assert.equal((await runCli(['lag', 'write', '--max', '5', ...at], options)).code, 0);
  });
});

describe('wrong usage', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /a command is missing/],
    ['topics', /a command is missing/],
    ['frobnicate', /unknown command 'frobnicate'/],
    ['lag --mox 3', /unknown option '--mox'/],
    ['lag --max many', /whole number/],
    ['lag --max-age 30', /30s/],
    ['run', /no job file is named/],
    [
      'validate job.yaml --env missing.env',
      /the environment file missing\.env cannot be read: there is no such file/,
    ],
    ['broker --port 70000', /65535/],
    ['broker --host 0.0.0.0', /--allow-remote/],
    ['topics read x --nameserver http://here', /nameserver/],
    ['topics list', /--nameserver/],
  ];
  for (const [line, message] of cases) {
    test(`rmq-connect ${line}`, async (t) => {
      const job = await sampleJob();
      t.after(() => job.remove());
      const args = line === '' ? [] : line.split(' ');
      const text = await runCli(args, { cwd: job.folder });
      assert.equal(text.code, 2, text.stderr);
      assert.equal(text.stdout, '');
      assert.match(text.stderr, message);
      assert.match(text.stderr, /→/, 'it says what to do');
      if (line === '' || line === 'topics') return;
      const told = await runCli([...args, '--json'], { cwd: job.folder });
      assert.equal(told.code, 2);
      const { ok, error } = JSON.parse(told.stdout) as Failed & { error: { hint: string } };
      assert.equal(ok, false);
      assert.match(`${error.message} → ${error.hint}`, message);
      assert.equal(told.stderr, '');
    });
  }
});

test('a reader that goes away ends the command quietly', async (t) => {
  const job = await sampleJob();
  t.after(() => job.remove());
  for (const args of [['schema'], ['plugins', 'show', 'file'], ['--help']]) {
    const { code, stderr, first } = await startPiped(args, job.folder);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
    assert.notEqual(first, '');
  }
});
