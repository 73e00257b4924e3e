import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, it, type TestContext } from 'node:test';
import { connectAsync, type IPublishPacket, type MqttClient } from 'mqtt';
import mqttPlugin from '../../connectors/mqtt/index.js';
import { ConnectorError, type JsonObject, type Position } from '../../src/sdk/index.js';
import {
  acceptanceSuite,
  sinkContext,
  sinkRecord,
  type SourceScene,
} from '../../src/sdk/acceptance/index.js';
import { run } from '../rig/command.js';
import { runExample } from '../rig/example.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { startMosquitto } from '../rig/small-servers.js';
import { arrivalOf, fileToSink, numbered, sourceToFile } from '../rig/through-rocketmq.js';
import { until } from '../rig/until.js';

const url = 'mqtt://127.0.0.1:1883';
let client: MqttClient;
before(async () => {
  client = await connectAsync(url, { protocolVersion: 5 });
});
after(() => client.endAsync());

const { source, sink } = mqttPlugin;
assert.ok(source !== undefined && sink !== undefined);

/** Keeps all that waits, and gives many of them before they are acknowledged. */
const busy = ['allow_anonymous true', 'max_queued_messages 0', 'max_inflight_messages 200'];

const topicFor = (): string => `rmq-connect-test/${randomUUID()}`;

async function publish(topic: string, values: readonly string[], from: MqttClient = client): Promise<void> {
  for (let at = 0; at < values.length; at += 10) {
    const some = values.slice(at, at + 10);
    await Promise.all(some.map((value) => from.publishAsync(topic, value, { qos: 1 })));
  }
}

/** A session of that name that has subscribed, so that the broker keeps what comes; gone when the test is over. */
async function session(t: TestContext, clientId: string, topic: string, at = url): Promise<void> {
  const properties = { sessionExpiryInterval: 600 };
  const its = await connectAsync(at, { protocolVersion: 5, clientId, clean: false, properties });
  await its.subscribeAsync(topic, { qos: 1 });
  await its.endAsync();
  t.after(async () => {
    const last = await connectAsync(at, { protocolVersion: 5, clientId, clean: true }).catch(() => null);
    await last?.endAsync();
  });
}

/** A source's scene: a session that has something for it. */
async function scene(t: TestContext, config: JsonObject = {}): Promise<SourceScene> {
  const topic = topicFor();
  const id = `rmq-connect-test-${randomUUID()}`;
  await session(t, `${id}-0`, topic);
  const values = ['first', 'second', '', 'é✓', 'last'];
  await publish(topic, values);
  return {
    config: { url, topics: [topic], client_id: id, session_expiry_s: 600, ...config },
    baseDir: process.cwd(),
    contents: { [topic]: values },
    add: async () => {
      await publish(topic, ['more', 'and more']);
      return { [topic]: ['more', 'and more'] };
    },
  };
}

/** Listens from now on; what has come, once it is as much as expected or nothing comes any more. */
async function listen(t: TestContext, topic: string, at = url): Promise<IPublishPacket[]> {
  const its = await connectAsync(at, { protocolVersion: 5 });
  t.after(() => its.endAsync(true));
  const packets: IPublishPacket[] = [];
  its.on('message', (_topic, _payload, packet) => packets.push(packet));
  await its.subscribeAsync(topic, { qos: 1 });
  return packets;
}
const textOf = ({ payload }: IPublishPacket): string => payload.toString();

acceptanceSuite(mqttPlugin, {
  source: { scene },
  sink: {
    scene: async (t) => {
      const topic = topicFor();
      const packets = await listen(t, topic);
      return {
        config: { url, topic },
        baseDir: process.cwd(),
        written: async () => {
          // What was acknowledged to the sender is on its way to us, before what we send now.
          const mark = randomUUID();
          await client.publishAsync(topic, mark, { qos: 1 });
          await until('the mark', () =>
            packets.some((packet) => textOf(packet) === mark) ? true : undefined,
          );
          return packets.map(textOf).filter((text) => !/^[0-9a-f-]{36}$/.test(text));
        },
      };
    },
  },
});

it('a worker that is killed in the middle loses nothing', { timeout: 120_000 }, async (t) => {
  const server = await startMosquitto(busy);
  t.after(() => server.stop());
  const its = `mqtt://127.0.0.1:${String(server.port)}`;
  const [topic, id] = [topicFor(), `rmq-connect-test-${randomUUID()}`];
  await session(t, `${id}-0`, topic, its);
  const sender = await connectAsync(its, { protocolVersion: 5 });
  t.after(() => sender.endAsync(true));
  const expected = numbered(0, 1_000);
  await publish(topic, expected, sender);
  const job = await sourceToFile(t, { plugin: 'mqtt', config: { url: its, topics: topic, client_id: id } });
  const worker = job.start();
  await job.linesReach(1);
  await worker.kill();
  await job.runOnce();
  const { missing, twice } = arrivalOf(expected, await job.lines());
  assert.equal(missing, 0);
  await job.runOnce();
  assert.equal((await job.lines()).length, expected.length + twice, 'an orderly end acknowledges all');
});

it(
  'a broker that goes away and comes back loses nothing, read or written',
  { timeout: 120_000 },
  async (t) => {
    const server = await startMosquitto(busy);
    t.after(() => server.stop());
    const its = `mqtt://127.0.0.1:${String(server.port)}`;
    const [from, to, id] = [topicFor(), topicFor(), `rmq-connect-test-${randomUUID()}`];
    await session(t, `${id}-0`, from, its);
    await session(t, `${id}-out-0`, to, its);
    const expected = numbered(0, 600);
    const first = await connectAsync(its, { protocolVersion: 5, reconnectPeriod: 0 });
    await publish(from, expected.slice(0, 300), first);
    const reading = await sourceToFile(t, {
      plugin: 'mqtt',
      config: { url: its, topics: from, client_id: id },
    });
    const writing = await fileToSink(t, expected, { plugin: 'mqtt', config: { url: its, topic: to } });
    const reader = reading.start();
    const writer = writing.start();
    await reading.linesReach(1);
    await server.halt();
    await reader.printed(/unreachable|ECONN|closed/);
    await server.start();
    const second = await connectAsync(its, { protocolVersion: 5 });
    t.after(() => second.endAsync(true));
    await publish(from, expected.slice(300), second);
    await until('all to be read', async () =>
      arrivalOf(expected, await reading.lines()).missing === 0 ? true : undefined,
    );
    await reader.kill();
    const written = await sourceToFile(t, {
      plugin: 'mqtt',
      config: { url: its, topics: to, client_id: `${id}-out` },
    });
    written.start();
    await until('all to be written', async () =>
      arrivalOf(expected, await written.lines()).missing === 0 ? true : undefined,
    );
    await writer.kill();
  },
);

it('the tasks of a shared subscription divide the messages', { timeout: 120_000 }, async (t) => {
  const topic = topicFor();
  const config = {
    url,
    topics: topic,
    client_id: `rmq-connect-test-${randomUUID()}`,
    share: 'two',
    session_expiry_s: 5,
  };
  const job = await sourceToFile(t, { plugin: 'mqtt', config, settings: { tasks: 2 } });
  job.start();
  await until('both to listen', async () => {
    await publish(topic, ['mark']);
    return (await job.lines()).length > 0 ? true : undefined;
  });
  const expected = numbered(0, 50);
  await publish(topic, expected);
  await until('all', async () => (arrivalOf(expected, await job.lines()).missing === 0 ? true : undefined));
  const lines = (await job.lines()).filter((line) => line !== 'mark');
  assert.equal(lines.length, expected.length, 'each message goes to one of them');
});

it('keys and headers travel as user properties, topics are filled in, and retained messages stay', async (t) => {
  const topic = topicFor();
  const config = sink.spec.parse({ url, topic: `${topic}/{value.id}`, retain: true });
  const connector = await sink.start(config, sinkContext('.'));
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  const record = sinkRecord({ value: { id: 7 }, key: 'k', headers: { h: '1' } });
  await task.write([record], AbortSignal.timeout(9_000));
  const packets = await listen(t, `${topic}/#`);
  await until('the retained message', () => packets[0]);
  const [packet] = packets;
  assert.deepEqual([packet?.topic, packet?.retain], [`${topic}/7`, true]);
  assert.deepEqual({ ...packet?.properties?.userProperties }, { h: '1', 'connect-key': 'k' });
  await client.publishAsync(`${topic}/7`, '', { retain: true });
});

it('a broker that has forgotten the session is told of, where something was read before', async () => {
  const topic = topicFor();
  const warnings: string[] = [];
  const log = {
    info: () => undefined,
    error: () => undefined,
    warn: (message: string) => {
      warnings.push(message);
    },
  };
  const context = { ...sinkContext('.'), log, task: 0, anew: () => Promise.resolve() };
  const id = `rmq-connect-test-${randomUUID()}`;
  const config = { url, topics: topic, client_id: id, session_expiry_s: 60 };
  const connector = await source.start(source.spec.parse(config), context);
  const opened = async (positions: ReadonlyMap<string, Position>): Promise<void> => {
    const task = await connector.open({ part: 0 }, context, positions);
    await task.close();
  };
  const read = new Map([[topic, { delivered: 7 }]]);
  await opened(new Map());
  await opened(read);
  assert.deepEqual(warnings, []);
  const last = await connectAsync(url, { protocolVersion: 5, clientId: `${id}-0`, clean: true });
  await last.endAsync();
  await opened(read);
  assert.equal(warnings.length, 1);
  assert.match(warnings.join(), /has kept no session/);
});

it('wrong credentials are an error that says so, without the password', async (t) => {
  const folder = await ownedFolder('mqtt');
  t.after(() => removeFolder(folder));
  const passwords = `${folder}/passwords`;
  await run('mosquitto_passwd', ['-b', '-c', passwords, 'me', 'right-one']);
  const server = await startMosquitto(['allow_anonymous false', `password_file ${passwords}`]);
  t.after(() => server.stop());
  for (const version of ['5', '3.1.1']) {
    const config = { url: `mqtt://me:wrong-one@127.0.0.1:${String(server.port)}`, version };
    await assert.rejects(sink.start(sink.spec.parse(config), sinkContext('.')), (error) => {
      assert.ok(error instanceof ConnectorError);
      assert.deepEqual([error.code, error.retryable], ['denied', false]);
      assert.doesNotMatch(error.message, /wrong-one/);
      return true;
    });
  }
});

it('runs its example', async (t) => {
  await session(t, 'rmq-connect-example-0', 'rmq-connect-example/+');
  const printed = await runExample(t, 'mqtt.yaml', 2);
  assert.match(printed, /"n":100/);
});
