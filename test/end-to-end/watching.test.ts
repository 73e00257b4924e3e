/** `top`, `tap` and the metrics of a worker that runs. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Overview } from '../../src/metrics/overview.js';
import type { TappedRecord } from '../../src/worker/flow/taps.js';
import { parseExposition } from '../metrics/exposition.js';
import { cliJson, runCli, startCli } from '../rig/cli.js';
import { until } from '../rig/until.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';

const job = `
connectors:
  some: { source: generate, topic: made, config: { rate: unlimited, count: 300 } }
  archive: { sink: file, topic: made, config: { path: ./out.txt } }
  drip:
    source: generate
    topic: dripped
    format: json
    transforms: [ { insert: { fields: { by: drip } } } ]
    config: { rate: 50, template: { n: "{n}" } }
`;

async function start(t: TestContext): Promise<{ readonly url: string; readonly folder: string }> {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'job.yaml'), job);
  const worker = startCli(['run', 'job.yaml', '--api', '127.0.0.1:0', '--data-dir', 'data'], { cwd: folder });
  atEnd(t, () => worker.kill());
  return { url: await worker.printed(/http:\/\/127\.0\.0\.1:\d+/), folder };
}

const records = (overview: Overview, name: string): number | undefined =>
  overview.connectors.find(({ connector }) => connector === name)?.records;

test('the same numbers are in top, in the metrics and on the way to the page', async (t) => {
  const { url, folder } = await start(t);
  const top = (): Promise<Overview> => cliJson<Overview>(['top', '--data-dir', 'data'], { cwd: folder });
  const overview = await until('all is copied', async () => {
    const now = await top();
    return records(now, 'archive') === 300 ? now : undefined;
  });
  assert.equal(records(overview, 'some'), 300);
  const answer = await fetch(`${url}/metrics`);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const exposed = parseExposition(await answer.text());
  for (const { connector, kind, state, errors } of overview.connectors.filter(
    (one) => one.connector !== 'drip',
  )) {
    const of = (name: string): readonly number[] =>
      (exposed.get(`rmq_connect_connector_${name}`)?.series ?? [])
        .filter(({ labels }) => labels.connector === connector && labels.kind === kind)
        .map(({ value }) => value);
    assert.deepEqual(of('records_total'), [300]);
    assert.equal(errors, 0);
    const states = exposed.get('rmq_connect_connector_state')?.series ?? [];
    assert.ok(states.some(({ labels }) => labels.connector === connector && labels.state === state));
  }
  const shown = await runCli(['top', '--once', '--api-url', url], { cwd: folder });
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /^ +some +source generate +finished .* 300 /m);
  assert.match(shown.stdout, /^ +archive +sink file +running .* 300 /m);
  const history = (await (await fetch(`${url}/history`)).json()) as { connectors: object };
  assert.deepEqual(Object.keys(history.connectors).sort(), ['archive', 'drip', 'some']);
});

test('tap shows records before and after the transforms', async (t) => {
  const { url, folder } = await start(t);
  const tapped = async (stage: string): Promise<readonly TappedRecord[]> => {
    const args = ['tap', 'drip', '--stage', stage, '--limit', '3', '--json', '--api-url', url];
    const { code, stdout, stderr } = await runCli(args, { cwd: folder });
    assert.equal(code, 0, stderr);
    return stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { result: TappedRecord }).result);
  };
  const before = await tapped('before');
  assert.equal(before.length, 3);
  const [first] = before;
  assert.deepEqual(Object.keys(first?.value as object), ['n']);
  const after = await tapped('after');
  assert.equal(after.length, 3);
  for (const { value, place, connector } of after) {
    assert.equal((JSON.parse(String(value)) as { by?: string }).by, 'drip');
    assert.match(place ?? '', /^dripped\//);
    assert.equal(connector, 'drip');
  }
});

test('what cannot be watched is told with its exit code', async (t) => {
  const { url, folder } = await start(t);
  const unknown = await runCli(['tap', 'nobody', '--api-url', url], { cwd: folder });
  assert.equal(unknown.code, 2, unknown.stderr);
  assert.match(unknown.stderr, /there is no connector nobody/);
  const nowhere = await runCli(['top', '--json', '--data-dir', 'elsewhere'], { cwd: folder });
  assert.equal(nowhere.code, 3);
  assert.equal((JSON.parse(nowhere.stdout) as { error: { code: string } }).error.code, 'no_api');
  const away = await runCli(['top', '--api-url', 'http://127.0.0.1:9'], { cwd: folder });
  assert.equal(away.code, 3, away.stderr);
  const wrong = await runCli(['top', '--api-url', 'here'], { cwd: folder });
  assert.equal(wrong.code, 2, wrong.stderr);
  for (const bad of ['stage=between', 'per_second=0', 'per_second=many', 'what=1']) {
    const answer = await fetch(`${url}/connectors/drip/tap?${bad}`);
    assert.equal(answer.status, 400, bad);
    await answer.body?.cancel();
  }
});

test('a plan says what a definition would do, or what is wrong with it, and changes nothing', async (t) => {
  const { url } = await start(t);
  const plan = async (body: unknown): Promise<{ status: number; answer: Record<string, unknown> }> => {
    const response = await fetch(`${url}/plan`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
  };
  const good = await plan({ name: 'more', config: { source: 'generate', topic: 'more' } });
  assert.equal(good.status, 200);
  assert.match(String(good.answer.sentence), /^more reads with generate, sends to topic more/);
  const bad = await plan({ name: 'more', config: { source: 'generate', config: { rate: 'fast' } } });
  assert.equal(bad.status, 200);
  assert.equal(bad.answer.sentence, null);
  const paths = (bad.answer.problems as { path: string }[]).map(({ path }) => path).sort();
  assert.deepEqual(paths, ['config.rate', 'topic']);
  assert.equal((await plan({ name: 1 })).status, 400);
  const names = (await (await fetch(`${url}/connectors`)).json()) as string[];
  assert.deepEqual([...names].sort(), ['archive', 'drip', 'some']);
});
