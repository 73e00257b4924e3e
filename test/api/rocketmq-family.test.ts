/** The routes of Apache RocketMQ Connect, with its envelope and names. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../rig/until.js';
import { serviceFolder, startService } from './service.js';

interface Envelope {
  readonly status?: number;
  readonly body?: unknown;
  readonly errorCode?: number;
  readonly message?: string;
}

test('the life of two connectors as the scripts for the Java worker have it', async (t) => {
  const folder = await serviceFolder(t);
  await writeFile(join(folder, 'in.txt'), 'a\nb\n');
  let service = await startService(t, folder, { api: 'api-rocketmq' });
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
  service = await startService(t, folder, { api: 'api-rocketmq' });
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
  for (const word of ['connector.class', 'max.tasks', 'connect.topicnames']) {
    assert.ok((bad.body as Envelope).message?.includes(word), JSON.stringify(bad.body));
  }
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
});
