import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectCluster } from '../../../src/rocketmq/remoting/connect.js';
import { answerFrame, freeAddress, scriptedServer, type Received } from './scripted-server.js';

const topics = Buffer.from('{"topicList":["b","a"]}');

/** What a name server and broker in one says of itself and of a topic. */
function bodyFor(code: number, address: string, readQueues: number): object {
  const brokerAddrs = { 0: address };
  switch (code) {
    case 41:
      return { lockOKMQSet: [{ topic: 'rmq-connect-fence', brokerName: 'b', queueId: 0 }] };
    case 105:
      return {
        brokerDatas: [{ brokerName: 'b', cluster: 'c', brokerAddrs }],
        queueDatas: [{ brokerName: 'b', readQueueNums: readQueues, writeQueueNums: 2, perm: 6 }],
      };
    case 106:
      return { brokerAddrTable: { b: { brokerName: 'b', cluster: 'c', brokerAddrs } } };
    default:
      return {};
  }
}

test('sends nothing before the first use', async (context) => {
  const server = await scriptedServer(context, () => undefined);
  const cluster = connectCluster({ nameservers: [server.address] });
  cluster.producer('group');
  await cluster.close();
  assert.equal(server.connections(), 0);
});

test('goes to the next name server, and stays with the one that answers', async (context) => {
  let answered = 0;
  const good = await scriptedServer(context, ({ header, socket }) => {
    answered++;
    socket.write(answerFrame(header, {}, topics));
  });
  const silent = await scriptedServer(context, () => undefined);
  const nameservers = [await freeAddress(), silent.address, good.address];
  const cluster = connectCluster({ nameservers });
  context.after(() => cluster.close());
  assert.deepEqual(await cluster.admin.topics(), ['a', 'b']);
  const startedAt = performance.now();
  assert.deepEqual(await cluster.admin.topics(), ['a', 'b']);
  assert.ok(performance.now() - startedAt < 1_000);
  assert.deepEqual([answered, silent.connections()], [2, 1]);
});

test('requests at a time all find the name server that answers', async (context) => {
  const good = await scriptedServer(context, ({ header, socket }) => {
    socket.write(answerFrame(header, {}, topics));
  });
  const cluster = connectCluster({ nameservers: [await freeAddress(), good.address] });
  context.after(() => cluster.close());
  await Promise.all([1, 2, 3].map(() => cluster.admin.topics()));
});

test('a topic exists, whether its broker can be reached or not', async (context) => {
  const route = {
    brokerDatas: [{ brokerName: 'b', cluster: 'c', brokerAddrs: { 0: await freeAddress() } }],
    queueDatas: [{ brokerName: 'b', readQueueNums: 2, writeQueueNums: 2, perm: 6 }],
  };
  const server = await scriptedServer(context, ({ header, socket }) => {
    socket.write(answerFrame(header, {}, Buffer.from(JSON.stringify(route))));
  });
  const cluster = connectCluster({ nameservers: [server.address] });
  context.after(() => cluster.close());
  assert.equal(await cluster.admin.topicExists('t'), true);
});

test('names every address when no name server answers, within five seconds', async (context) => {
  const silent = await scriptedServer(context, () => undefined);
  const garbage = await scriptedServer(context, ({ socket }) => socket.write('nonsense, nonsense'));
  const nameservers = [await freeAddress(), silent.address, garbage.address];
  const cluster = connectCluster({ nameservers });
  context.after(() => cluster.close());
  const startedAt = performance.now();
  await assert.rejects(cluster.admin.topics(), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'unreachable');
    for (const address of nameservers) assert.ok(error.message.includes(address), error.message);
    return true;
  });
  assert.ok(performance.now() - startedAt < 5_000);
});

test('comes back when the server does', async (context) => {
  let cut = true;
  const server = await scriptedServer(context, ({ header, socket }) => {
    if (cut) socket.destroy();
    else socket.write(answerFrame(header, {}, topics));
  });
  const cluster = connectCluster({ nameservers: [server.address] });
  context.after(() => cluster.close());
  await assert.rejects(cluster.admin.topics(), { code: 'unreachable', retryable: true });
  cut = false;
  assert.deepEqual(await cluster.admin.topics(), ['a', 'b']);
});

test('refuses a broker’s answer that cannot be understood, and keeps working', async (context) => {
  const bodies = [Buffer.from('{"topicList":'), Buffer.alloc(0), topics];
  const server = await scriptedServer(context, ({ header, socket }) => {
    socket.write(answerFrame(header, {}, bodies.shift()));
  });
  const cluster = connectCluster({ nameservers: [server.address] });
  context.after(() => cluster.close());
  await assert.rejects(cluster.admin.topics(), { code: 'protocol' });
  await assert.rejects(cluster.admin.topics(), { code: 'protocol' });
  assert.deepEqual(await cluster.admin.topics(), ['a', 'b']);
});

test('says that a static topic is not supported', async (context) => {
  const route = {
    brokerDatas: [{ brokerName: 'b', cluster: 'c', brokerAddrs: { 0: '127.0.0.1:1' } }],
    queueDatas: [{ brokerName: 'b', readQueueNums: 2, writeQueueNums: 2, perm: 6 }],
    topicQueueMappingByBroker: { b: { bname: 'b', currIdMap: { 0: 0 }, totalQueues: 2 } },
  };
  const server = await scriptedServer(context, ({ header, socket }) => {
    socket.write(answerFrame(header, {}, Buffer.from(JSON.stringify(route))));
  });
  const cluster = connectCluster({ nameservers: [server.address] });
  context.after(() => cluster.close());
  await assert.rejects(cluster.producer('group').queues('topic'), {
    code: 'unsupported',
    message: /static topic/,
  });
});

test('refuses options that cannot work', () => {
  for (const options of [
    { nameservers: [] },
    { nameservers: ['nowhere'] },
    { nameservers: ['a:1'], addressMap: { 'b:1': 'x' } },
    { nameservers: ['a:1'], accessKey: 'alone' },
  ]) {
    assert.throws(() => connectCluster(options), { code: 'invalid' });
  }
});

test('is closed once it is closed', async (context) => {
  const server = await scriptedServer(context, () => undefined);
  const cluster = connectCluster({ nameservers: [server.address] });
  const waiting = assert.rejects(cluster.admin.topics(), { code: 'closed' });
  while (server.connections() === 0) await new Promise(setImmediate);
  await cluster.close();
  await waiting;
  await assert.rejects(cluster.admin.topics(), { code: 'closed' });
  await assert.rejects(cluster.consumer('group', ['topic']), { code: 'closed' });
  await cluster.close();
});

test('a topic is set when a name server knows how many of its queues can be read', async (context) => {
  let routes = 0;
  const server = await scriptedServer(context, ({ header, socket }) => {
    if (header.code === 105) routes += 1;
    const body = Buffer.from(JSON.stringify(bodyFor(header.code, server.address, routes < 3 ? 1 : 2)));
    socket.write(answerFrame(header, {}, body));
  });
  const cluster = connectCluster({ nameservers: [server.address] });
  context.after(() => cluster.close());
  const wanted = { readQueues: 2, writeQueues: 2, perm: 6, attributes: {} };
  await cluster.admin.setBrokerTopics('t', new Map([['b', wanted]]));
  assert.deepEqual((await cluster.producer('p').queues('t')).length, 2);
});

test('a consumer that was being opened when its cluster was closed is closed too', async (context) => {
  let closing: Promise<void> | undefined;
  const answer = ({ header, socket }: Received): void => {
    // Nobody is online in the group.
    const code = header.code === 203 ? 206 : 0;
    const body = Buffer.from(JSON.stringify(bodyFor(header.code, server.address, 2)));
    socket.write(answerFrame(header, { code }, body));
  };
  const server = await scriptedServer(context, (request) => {
    const { code } = request.header;
    const isOfConsumer = code === 34 && request.body.includes('consumer-group');
    if (isOfConsumer) closing = cluster.close();
    // What is open already takes its time to close.
    if (code === 35) setTimeout(answer, 100, request);
    else answer(request);
  });
  const cluster = connectCluster({ nameservers: [server.address] });
  context.after(() => cluster.close());
  await cluster.producer('producer-group').lease?.take();
  await assert.rejects(cluster.consumer('consumer-group', ['t']), { code: 'closed' });
  await closing;
});
