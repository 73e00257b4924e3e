/** What a connector goes through by either family of routes, on whichever RocketMQ. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { until } from '../rig/until.js';
import { serviceFolder, startService, type Service } from './service.js';

export const source = { source: 'file', topic: 't', config: { path: 'in.txt' } };
export const sink = { sink: 'file', topic: 't', config: { path: 'out.txt' } };

interface Status {
  readonly connector: { readonly state: string };
  readonly tasks: readonly { readonly id: number; readonly state: string; readonly trace?: string }[];
  readonly wanted: string;
}

export const statusOf = async (service: Service, name: string): Promise<Status> =>
  (await service.ask('GET', `/connectors/${name}/status`)).body as Status;

export const becomes = (service: Service, name: string, state: string): Promise<true> =>
  until(`${name} is ${state}`, async () =>
    (await statusOf(service, name)).connector.state === state ? true : undefined,
  );

async function lines(folder: string): Promise<readonly string[]> {
  const path = join(folder, 'out.txt');
  return existsSync(path) ? (await readFile(path, 'utf8')).split('\n').slice(0, -1) : [];
}

const written = (folder: string, count: number): Promise<true> =>
  until(`${String(count)} lines`, async () => ((await lines(folder)).length >= count ? true : undefined));

/** Created, paused, changed, moved, restarted with the worker, and removed. `args`: of the worker. */
export async function lifeOfKafka(t: TestContext, args: readonly string[] = []): Promise<void> {
  const folder = await serviceFolder(t);
  await writeFile(join(folder, 'in.txt'), 'a\nb\nc\n');
  let service = await startService(t, folder, { args });
  const created = await service.ask('POST', '/connectors', { name: 'in', config: source });
  assert.equal(created.status, 201);
  assert.equal(created.headers.get('location'), '/connectors/in');
  assert.deepEqual(created.body, { name: 'in', config: source, tasks: [], type: 'source' });
  const stopped = { name: 'out', config: sink, initial_state: 'STOPPED' };
  assert.equal((await service.ask('POST', '/connectors', stopped)).status, 201);
  assert.deepEqual(
    await statusOf(service, 'out').then(({ connector, wanted }) => [connector.state, wanted]),
    ['STOPPED', 'stopped'],
  );
  assert.equal((await service.ask('PUT', '/connectors/out/resume')).status, 202);
  await written(folder, 3);
  assert.deepEqual((await service.ask('GET', '/connectors')).body, ['in', 'out']);

  assert.equal((await service.ask('PUT', '/connectors/out/pause')).status, 202);
  await becomes(service, 'out', 'PAUSED');
  await appendFile(join(folder, 'in.txt'), 'd\n');
  await until('the source has stored it', async () => {
    const { body } = await service.ask('GET', '/connectors/in/offsets');
    return JSON.stringify(body).includes('8') ? true : undefined;
  });

  assert.equal((await service.stop()).code, 0);
  assert.ok(!existsSync(join(folder, 'data/api.json')));
  service = await startService(t, folder, { args });
  assert.deepEqual((await service.ask('GET', '/connectors')).body, ['in', 'out']);
  assert.equal((await statusOf(service, 'out')).connector.state, 'PAUSED');
  assert.deepEqual((await service.ask('GET', '/connectors/out/config')).body, sink);
  await becomes(service, 'in', 'RUNNING');
  assert.deepEqual(await lines(folder), ['a', 'b', 'c']);
  await service.ask('PUT', '/connectors/out/resume');
  await written(folder, 4);

  const changed = await service.ask('PATCH', '/connectors/out/config', { tasks: 2 });
  assert.equal(changed.status, 200);
  await until('two tasks', async () => {
    const { body } = await service.ask('GET', '/connectors/out/tasks');
    return (body as object[]).length === 2 ? true : undefined;
  });
  assert.equal((await service.ask('POST', '/connectors/out/tasks/1/restart')).status, 204);
  assert.equal((await service.ask('POST', '/connectors/out/restart')).status, 204);
  assert.equal((await service.ask('POST', '/connectors/out/restart?includeTasks=true')).status, 202);

  assert.equal((await service.ask('DELETE', '/connectors/out/offsets')).status, 409);
  await service.ask('PUT', '/connectors/out/stop');
  const reset = await service.ask('DELETE', '/connectors/out/offsets');
  assert.equal(reset.status, 200, JSON.stringify(reset.body));
  await service.ask('PUT', '/connectors/out/resume');
  await written(folder, 8);
  assert.deepEqual([...(await lines(folder))].sort(), ['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd']);

  await service.ask('PUT', '/connectors/out/stop');
  // Its last offsets are committed on the way there.
  await becomes(service, 'out', 'STOPPED');
  const { offsets } = (await service.ask('GET', '/connectors/out/offsets')).body as {
    offsets: { partition: object; offset: { offset: number } | null }[];
  };
  const read = offsets.filter(({ offset }) => offset !== null && offset.offset > 0);
  assert.deepEqual(
    read.map(({ offset }) => offset),
    [{ offset: 4 }],
  );
  const back = { offsets: read.map(({ partition }) => ({ partition, offset: { offset: 3 } })) };
  const moved = await service.ask('PATCH', '/connectors/out/offsets', back);
  assert.equal(moved.status, 200, JSON.stringify(moved.body));
  assert.match((moved.body as { message: string }).message, /^1 place of out moved; what was before is in /);
  await service.ask('PUT', '/connectors/out/resume');
  await written(folder, 9);
  assert.equal((await lines(folder)).at(-1), 'd');

  assert.equal((await service.ask('DELETE', '/connectors/in')).status, 204);
  assert.equal((await service.ask('GET', '/connectors/in')).status, 404);
  assert.equal((await service.ask('PUT', '/connectors/in/config', source)).status, 201);
  await appendFile(join(folder, 'in.txt'), 'e\n');
  await written(folder, 10);
  assert.equal((await lines(folder)).filter((line) => line === 'e').length, 1);
  assert.equal((await service.stop()).code, 0);
}

interface Envelope {
  readonly status?: number;
  readonly body?: unknown;
  readonly errorCode?: number;
  readonly message?: string;
}

/** The same as the scripts for the Java worker have it. */
export async function lifeOfRocketmq(t: TestContext, args: readonly string[] = []): Promise<void> {
  const folder = await serviceFolder(t);
  await writeFile(join(folder, 'in.txt'), 'a\nb\n');
  let service = await startService(t, folder, { args, api: 'api-rocketmq' });
  const get = async (path: string): Promise<Envelope & { code: number }> => {
    const { status, body } = await service.ask('GET', path);
    return { ...(body as Envelope), code: status };
  };
  const source = {
    'connector.class': 'org.apache.rocketmq.connect.file.FileSourceConnector',
    filename: 'in.txt',
    'connect.topicname': 'fileTopic',
    'max.tasks': '2',
    'value.converter': 'org.apache.rocketmq.connect.runtime.converter.record.StringConverter',
  };
  const sink = {
    'connector.class': 'FileSinkConnector',
    filename: 'out.txt',
    'connect.topicnames': 'fileTopic',
    'consume.from.where': 'CONSUME_FROM_FIRST_OFFSET',
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': 'bad',
  };
  const created = await service.ask('POST', '/connectors/fileSource', source);
  assert.equal(created.status, 200);
  assert.equal((created.body as Envelope).status, 200);
  assert.deepEqual((created.body as { body: object }).body, {
    'connector.class': 'FileSourceConnector',
    filename: 'in.txt',
    'connect.topicname': 'fileTopic',
    'max.tasks': '2',
    format: 'text',
  });
  const again = await service.ask('POST', '/connectors/fileSource', source);
  assert.deepEqual([again.status, (again.body as Envelope).errorCode], [409, 409]);
  const asked = encodeURIComponent(JSON.stringify(sink));
  assert.equal((await get(`/connectors/fileSink?config=${asked}`)).status, 200);
  await until('two lines', async () => {
    const out = join(folder, 'out.txt');
    return existsSync(out) && (await readFile(out, 'utf8')) === 'a\nb\n' ? true : undefined;
  });
  assert.deepEqual(Object.keys((await get('/connectors/list')).body as object), ['fileSink', 'fileSource']);
  const { body: status } = await get('/connectors/fileSink/status');
  assert.deepEqual(
    [status].map((one) => (one as { connector: { state: string }; type: string }).type),
    ['SINK'],
  );
  assert.equal((await get('/connectors/pause/all')).code, 200);
  await until('both paused', async () => {
    const { stoppedTasks } = (await get('/allocated/tasks')).body as { stoppedTasks: object[] };
    return stoppedTasks.length >= 2 ? true : undefined;
  });
  await service.stop();
  service = await startService(t, folder, { args, api: 'api-rocketmq' });
  const { body: paused } = await get('/connectors/fileSink/status');
  assert.equal((paused as { connector: { state: string } }).connector.state, 'PAUSED');
  assert.equal((await get('/connectors/resume/all')).code, 200);
  const unknown = await get('/connectors/nobody/status');
  assert.deepEqual([unknown.code, unknown.errorCode], [404, 404]);
  const bad = await service.ask('POST', '/connectors/x', {
    'connector.class': 'x.HudiSinkConnector',
    'max.tasks': 'y',
  });
  assert.equal(bad.status, 400);
  for (const word of ['connector.class', '/plugin/list', 'max.tasks']) {
    assert.ok((bad.body as Envelope).message?.includes(word), JSON.stringify(bad.body));
  }
  assert.doesNotMatch((bad.body as Envelope).message ?? '', /topicnames/, 'of an unknown class nobody knows');
  const misspelt = { 'connector.class': 'FileSourceConnector', 'connect.topicname': 't', filenam: 'in.txt' };
  const two = await service.ask('POST', '/connectors/x', misspelt);
  assert.equal((two.body as Envelope).message, 'path is missing; unknown key filenam');
  const plugins = (await get('/plugin/list')).body as { className: string }[];
  assert.ok(plugins.some(({ className }) => className === 'FileSourceConnector'));
  assert.equal((await get('/getClusterInfo')).code, 200);
  const crossSite = await service.ask('GET', '/connectors/stop/all', undefined, {
    'sec-fetch-site': 'cross-site',
  });
  assert.equal(crossSite.status, 403);
  assert.equal((await get('/connectors/fileSink/stop')).code, 200);
  assert.deepEqual(Object.keys((await get('/connectors/list')).body as object), ['fileSource']);
  assert.equal((await get('/connectors/stop/all')).code, 200);
  assert.deepEqual((await get('/allocated/connectors')).body, {});
  assert.equal((await service.stop()).code, 0);
}
