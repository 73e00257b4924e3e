/** Records that cannot be taken, from the command line: kept, looked at, mended, given back. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { deadLetterSuite } from '../conformance/dead-letter-suite.js';
import { cliJson, runCli, startCli } from '../rig/cli.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import type { TasksList } from '../rig/results.js';
import { until } from '../rig/until.js';

describe('three troubled sinks on the embedded broker', () => {
  deadLetterSuite(() => undefined);
});

interface Groups {
  readonly groups: readonly {
    readonly connector: string;
    readonly stage: string;
    readonly error: string;
    readonly state: string;
    readonly count: number;
    readonly oldest: string;
  }[];
}
interface Shown {
  readonly letters: readonly {
    readonly id: string;
    readonly stage: string;
    readonly error: { readonly code: string; readonly message: string };
    readonly origin: { readonly topic: string; readonly offset: number };
    readonly record: { readonly body: string };
  }[];
}
interface Replayed {
  readonly done: boolean;
  readonly connectors: readonly { readonly connector: string; readonly replayed: number }[];
}

/** Two sinks read the topic; one of them wants JSON. */
const jobText = (format: string): string => `
connectors:
  read-lines:
    source: file
    topic: lines
    config: { path: in.txt }
  write-json:
    sink: file
    topic: lines
    format: ${format}
    errors: { tolerance: dead_letter }
    config: { path: json.txt }
  write-all:
    sink: file
    topic: lines
    config: { path: all.txt }
`;

const good = Array.from({ length: 200 }, (_, n) => `{"n":${String(n)}}`);
const bad = ['not json', '{"half":', 'neither \u001b[31m'];

describe('dead letters at the command line', () => {
  test('kept once, shown, replayed to the connector, marked, purged', async (t) => {
    const folder = await ownedFolder('dead-letters');
    t.after(() => removeFolder(folder));
    const cwd = { cwd: folder };
    const file = async (name: string): Promise<string[]> =>
      (await readFile(join(folder, name), 'utf8')).split('\n').slice(0, -1);
    await writeFile(join(folder, 'job.yaml'), jobText('json'));
    const lines = [...good.slice(0, 50), ...bad, ...good.slice(50)];
    await writeFile(join(folder, 'in.txt'), lines.map((line) => `${line}\n`).join(''));

    const plan = await runCli(['validate', 'job.yaml'], cwd);
    assert.match(plan.stdout, /write-json: .*bad records to topic write-json-dead-letters/);
    const ended = await runCli(['run', 'job.yaml', '--once'], cwd);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /lines\/\S+\/\d, offset 50 was put into write-json-dead-letters: .*not JSON/);
    assert.match(ended.stderr, /DEAD LETTERS/);
    assert.match(ended.stderr, /npx rmq-connect dlq list/);
    assert.deepEqual((await file('json.txt')).sort(), [...good].sort());
    const { tasks } = await cliJson<TasksList>(['tasks', 'list'], cwd);
    assert.equal(tasks.find(({ connector }) => connector === 'write-json')?.dead_lettered, 3);

    const { groups } = await cliJson<Groups>(['dlq', 'list'], cwd);
    assert.deepEqual(
      groups.map(({ connector, stage, error, state, count }) => [connector, stage, error, state, count]),
      [['write-json', 'convert', 'bad_data', 'waiting', 3]],
    );
    const { letters } = await cliJson<Shown>(['dlq', 'show', 'write-json'], cwd);
    assert.deepEqual(
      letters.map(({ record }) => record.body),
      bad,
    );
    const shown = await runCli(['dlq', 'show', '--limit', '1'], cwd);
    assert.match(shown.stdout, /from {3}lines\/\S+\/\d, offset 52/);
    assert.ok(!shown.stdout.includes('\u001b[31m'), 'what a terminal would obey is not printed');
    const none = await cliJson<Groups>(['dlq', 'list', '--stage', 'write'], cwd);
    assert.deepEqual(none.groups, []);

    const preview = await runCli(['dlq', 'replay', 'write-json', '--to-connector'], cwd);
    assert.match(preview.stdout, /write-json: 3 records would be sent to lines/);
    assert.match(preview.stderr, /nothing was sent/);
    const unknown = await runCli(['dlq', 'replay', '--id', 'no-such', '--yes'], cwd);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /there is no dead letter no-such/);

    // The repair; then all but the first go back while a worker runs.
    await writeFile(join(folder, 'job.yaml'), jobText('text'));
    const worker = startCli(['run', 'job.yaml'], cwd);
    t.after(() => worker.kill());
    await worker.printed(/write-json: started/);
    const others = letters.slice(1).flatMap(({ id }) => ['--id', id]);
    const sent = await cliJson<Replayed>(['dlq', 'replay', '--to-connector', '--yes', ...others], cwd);
    assert.deepEqual(
      sent.connectors.map(({ connector, replayed }) => [connector, replayed]),
      [['write-json', 2]],
    );
    await until('the records to be written', async () =>
      (await file('json.txt')).length === 202 ? true : undefined,
    );
    worker.signal('SIGINT');
    assert.equal((await worker.ended).code, 0);

    // The first one, without a worker, to everybody.
    const rest = await cliJson<Replayed>(['dlq', 'replay', '--yes'], cwd);
    assert.equal(rest.connectors[0]?.replayed, 1);
    const again = await cliJson<Replayed>(['dlq', 'replay', '--yes'], cwd);
    assert.equal(again.connectors[0]?.replayed, 0);
    assert.equal((await runCli(['run', 'job.yaml', '--once'], cwd)).code, 0);
    assert.deepEqual((await file('json.txt')).sort(), [...good, ...bad].sort());
    assert.deepEqual((await file('all.txt')).sort(), [...good, ...bad, bad[0]].sort());

    const purged = await runCli(['dlq', 'purge', '--yes'], cwd);
    assert.match(purged.stdout, /write-json: 3 dead letters purged/);
    assert.deepEqual((await cliJson<Groups>(['dlq', 'list'], cwd)).groups, []);
  });

  test("a source's records go through its transforms and format again", async (t) => {
    const folder = await ownedFolder('dead-letters');
    t.after(() => removeFolder(folder));
    const cwd = { cwd: folder };
    const job = (format: string): string => `
errors: { tolerance: dead_letter, log: false }
connectors:
  read-json:
    source: file
    topic: json
    format: ${format}
    config: { path: in.txt }
`;
    await writeFile(join(folder, 'job.yaml'), job('json'));
    await writeFile(join(folder, 'in.txt'), '{"n":1}\nno json\n{"n":2}\n');
    const ended = await runCli(['run', 'job.yaml', '--once'], cwd);
    assert.equal(ended.code, 0, ended.stderr);
    assert.ok(!ended.stderr.includes('was put into'), 'log: false');
    const stays = await runCli(['dlq', 'replay', '--yes', '--json'], cwd);
    assert.equal(stays.code, 1);
    assert.match(stays.stdout, /"code":"bad_data".*the body is not JSON/);
    await writeFile(join(folder, 'job.yaml'), job('text'));
    assert.equal((await runCli(['run', 'job.yaml', '--once'], cwd)).code, 0);
    const sent = await cliJson<Replayed>(['dlq', 'replay', '--yes'], cwd);
    assert.equal(sent.connectors[0]?.replayed, 1);
    const read = await cliJson<{ messages: { body: string }[] }>(['topics', 'read', 'json'], cwd);
    assert.deepEqual(read.messages.map(({ body }) => body).sort(), ['no json', '{"n":1}', '{"n":2}']);
  });
});
