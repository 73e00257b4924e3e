import assert from 'node:assert/strict';
import dns from 'node:dns';
import { test, type TestContext } from 'node:test';
import { encodeFrame } from '../../../src/rocketmq/remoting/codec/frame.js';
import {
  Connection,
  parseAddress,
  type ConnectionOptions,
} from '../../../src/rocketmq/remoting/connection.js';
import type { Request } from '../../../src/rocketmq/remoting/request.js';
import { answerFrame, freeAddress, scriptedServer, type Received } from './scripted-server.js';

const usual: ConnectionOptions = { connectTimeoutMs: 2_000, requestTimeoutMs: 2_000, idleMs: 10_000 };
const request = (code = 30, timeTag = ''): Request => ({ code, name: 'TRIED', fields: { timeTag } });

async function connected(
  context: TestContext,
  script: (request: Received) => void,
  options: Partial<ConnectionOptions> = {},
): Promise<Connection> {
  const { address } = await scriptedServer(context, script);
  const connection = await Connection.open(address, { ...usual, ...options });
  context.after(() => {
    connection.close();
    return connection.closed;
  });
  return connection;
}

test('matches answers to requests in whatever order they come', async (context) => {
  const waiting: Received[] = [];
  const connection = await connected(context, (received) => {
    waiting.push(received);
    if (waiting.length < 50) return;
    for (const { header, socket } of waiting.reverse()) {
      socket.write(answerFrame(header, { extFields: { echo: header.extFields?.timeTag ?? '' } }));
    }
  });
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => connection.ask(request(30, String(n)))),
  );
  assert.deepEqual(
    answers.map(({ fields }) => fields.echo),
    Array.from({ length: 50 }, (_, n) => String(n)),
  );
});

test('puts together answers that come in pieces', async (context) => {
  const body = Buffer.alloc(3_000, 'b');
  const connection = await connected(context, ({ header, socket }) => {
    const frame = answerFrame(header, {}, body);
    const dribble = (at: number): void => {
      if (at >= frame.length) return;
      socket.write(frame.subarray(at, at + 700), () => setImmediate(dribble, at + 700));
    };
    dribble(0);
  });
  const { body: received } = await connection.ask(request());
  assert.deepEqual(received, body);
});

test('fails what is under way when the connection is cut in the middle of an answer', async (context) => {
  const connection = await connected(context, ({ header, socket }) => {
    if (header.code !== 31) return;
    const frame = answerFrame(header, {}, Buffer.alloc(100));
    socket.write(frame.subarray(0, frame.length - 1), () => socket.destroy());
  });
  const [first, second] = [connection.ask(request(30)), connection.ask(request(31))];
  await assert.rejects(first, { code: 'disconnected', retryable: true });
  await assert.rejects(second, { code: 'disconnected' });
  await assert.rejects(connection.ask(request()), { code: 'disconnected' });
  assert.equal(connection.isOpen, false);
});

test('closes on bytes that are not the protocol, and says so', async (context) => {
  const connection = await connected(context, ({ socket }) => {
    socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await assert.rejects(connection.ask(request()), {
    code: 'protocol',
    retryable: false,
    message: /does not speak RocketMQ's remoting protocol/,
  });
});

test('gives up on an answer that does not come, and ignores it when it does', async (context) => {
  const late: Received[] = [];
  const connection = await connected(context, (received) => {
    if (received.header.code === 30) late.push(received);
    else received.socket.write(answerFrame(received.header, { remark: 'in time' }));
  });
  await assert.rejects(connection.ask(request(30), { timeoutMs: 50 }), {
    code: 'timeout',
    retryable: true,
    message: /did not answer TRIED within 50 ms/,
  });
  for (const { header, socket } of late) socket.write(answerFrame(header));
  assert.equal((await connection.ask(request(31))).remark, 'in time');
});

test('closes when nothing comes for too long while requests wait: the next ones go over a new connection', async (context) => {
  const connection = await connected(context, () => undefined, { requestTimeoutMs: 100 });
  await assert.rejects(connection.ask(request(), { timeoutMs: 60 }), { code: 'timeout' });
  assert.equal(connection.isOpen, true);
  await assert.rejects(connection.ask(request(), { timeoutMs: 60 }), { code: 'timeout' });
  assert.equal(connection.isOpen, false);
  await connection.closed;
});

test('stays open while anything comes, though one request gets no answer', async (context) => {
  const connection = await connected(
    context,
    ({ header, socket }) => {
      if (header.code === 31) socket.write(answerFrame(header));
    },
    { requestTimeoutMs: 100 },
  );
  const silent = assert.rejects(connection.ask(request(30)), { code: 'timeout' });
  await connection.ask(request(31));
  await silent;
  assert.equal(connection.isOpen, true);
});

test('cancels a request at once, and only that one', async (context) => {
  const held: Received[] = [];
  const connection = await connected(context, (received) => held.push(received));
  const abort = new AbortController();
  const cancelled = connection.ask(request(), { signal: abort.signal });
  const kept = connection.ask(request());
  abort.abort(new Error('not needed'));
  await assert.rejects(cancelled, { message: 'not needed' });
  await assert.rejects(connection.ask(request(), { signal: abort.signal }), { message: 'not needed' });
  while (held.length < 2) await new Promise(setImmediate);
  for (const { header, socket } of held) socket.write(answerFrame(header));
  assert.equal((await kept).code, 0);
});

test('hears requests of the server, and refuses those that want an answer', async (context) => {
  const heard: unknown[] = [];
  const replies: { code: number; opaque: number; flag: number }[] = [];
  const connection = await connected(
    context,
    ({ header, socket }) => {
      if (header.flag !== 0) {
        replies.push(header);
        return;
      }
      const fields = { consumerGroup: 'g' };
      socket.write(
        Buffer.concat(encodeFrame({ code: 40, opaque: 7, flag: 2, extFields: fields }, Buffer.alloc(0))),
      );
      socket.write(Buffer.concat(encodeFrame({ code: 220, opaque: 8, flag: 0 }, Buffer.alloc(0))));
      socket.write(answerFrame(header));
    },
    { onServerRequest: (code, fields) => heard.push([code, { ...fields }]) },
  );
  await connection.ask(request());
  assert.deepEqual(heard, [
    [40, { consumerGroup: 'g' }],
    [220, {}],
  ]);
  while (replies.length === 0) await new Promise(setImmediate);
  const [reply] = replies;
  assert.deepEqual([reply?.code, reply?.opaque, reply?.flag], [3, 8, 1]);
});

test('signs requests when it has credentials', async (context) => {
  const connection = await connected(
    context,
    ({ header, socket }) => {
      socket.write(answerFrame(header, { extFields: header.extFields ?? {} }));
    },
    { credentials: { accessKey: 'access', secretKey: 'secret' } },
  );
  const { fields } = await connection.ask(request());
  assert.equal(fields.AccessKey, 'access');
  assert.match(fields.Signature ?? '', /^[\w+/]{27}=$/);
});

test('closes when idle, but not while it waits for an answer', async (context) => {
  const connection = await connected(
    context,
    ({ header, socket }) => {
      setTimeout(() => socket.write(answerFrame(header)), 120);
    },
    { idleMs: 30 },
  );
  assert.equal((await connection.ask(request())).code, 0);
  await connection.closed;
  assert.equal(connection.isOpen, false);
});

test('says where nobody listens', async () => {
  const address = await freeAddress();
  await assert.rejects(Connection.open(address, usual), {
    code: 'unreachable',
    retryable: true,
    address,
    message: new RegExp(`^${address} cannot be reached: .*ECONNREFUSED`),
  });
});

test('says why none of the addresses of a host can be reached', async (context) => {
  const { port } = parseAddress(await freeAddress());
  context.mock.method(
    dns,
    'lookup',
    (_host: string, _options: unknown, found: (...of: unknown[]) => void) => {
      found(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ]);
    },
  );
  await assert.rejects(Connection.open(`two-addresses:${port}`, usual), {
    code: 'unreachable',
    message: /ECONNREFUSED 127\.0\.0\.1.*ECONNREFUSED 127\.0\.0\.2/,
  });
});

test('reads addresses', () => {
  assert.deepEqual(parseAddress('localhost:9876'), { host: 'localhost', port: 9876 });
  assert.deepEqual(parseAddress('[::1]:10911'), { host: '::1', port: 10911 });
  assert.deepEqual(parseAddress('::1:10911'), { host: '::1', port: 10911 });
  for (const wrong of ['localhost', ':9876', 'a:0', 'a:65536', 'http://a:9876', '']) {
    assert.throws(() => parseAddress(wrong), { code: 'invalid' }, wrong);
  }
});
