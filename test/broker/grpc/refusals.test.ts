import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { credentials, status, type ServiceError } from '@grpc/grpc-js';
import durations from 'google-protobuf/google/protobuf/duration_pb.js';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type {
  Message,
  Status,
  SystemProperties,
} from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import grpcService from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import type { MessagingServiceClient } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { startEmbeddedBroker } from '../../../src/broker/embedded-broker.js';
import { ListenError } from '../../../src/broker/server/listen.js';
import { atEnd, temporaryFolder } from '../../temp-folder.js';
import { createTopic, startForTest } from '../raw-client.js';
import { endpointsOf } from './official-client.js';

const { Code, MessageType } = definition;

/** Speaks to a broker in single calls. */
function stubFor(t: TestContext, endpoints: string): MessagingServiceClient {
  const stub = new grpcService.MessagingServiceClient(endpoints, credentials.createInsecure());
  atEnd(t, () => {
    stub.close();
  });
  return stub;
}

type Answered = (error: ServiceError | null, response: { getStatus(): Status | undefined }) => void;

async function codeOf(call: (answered: Answered) => unknown): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    call((error, response) => {
      if (error === null) resolve(response.getStatus()?.getCode());
      else reject(error);
    });
  });
}

const resource = (name: string) => new definition.Resource().setName(name);

function messageTo(topic: string, system: (properties: SystemProperties) => void = () => undefined): Message {
  const properties = new definition.SystemProperties().setMessageId('id').setMessageType(MessageType.NORMAL);
  system(properties);
  return new definition.Message()
    .setTopic(resource(topic))
    .setSystemProperties(properties)
    .setBody(Buffer.from('body'));
}

const sending = (...messages: Message[]) => new service.SendMessageRequest().setMessagesList(messages);

test('a send is refused as a proxy of RocketMQ refuses it', async (t) => {
  const { broker, client } = await startForTest(t, { grpcPort: 0 });
  const stub = stubFor(t, endpointsOf(broker));
  await client.ask(17, {
    topic: 'typed',
    readQueueNums: 1,
    writeQueueNums: 1,
    perm: 6,
    attributes: '+message.type=FIFO',
  });
  await client.ask(17, { topic: 'closed', readQueueNums: 1, writeQueueNums: 1, perm: 4 });
  const inTwoDays = new timestamps.Timestamp().setSeconds(Math.floor(Date.now() / 1000) + 2 * 86_400);
  const soon = new timestamps.Timestamp().setSeconds(Math.floor(Date.now() / 1000) + 60);
  const delayed = messageTo('t', (p) => p.setDeliveryTimestamp(soon));
  const withProperty = (name: string, value: string): Message => {
    const message = messageTo('t');
    message.getUserPropertiesMap().set(name, value);
    return message;
  };
  const many = messageTo('t');
  for (let n = 0; n < 129; n++) many.getUserPropertiesMap().set(`p${n}`, '');
  const cases: [number, string, ...Message[]][] = [
    [Code.MESSAGE_CORRUPTED, 'no message'],
    [Code.MESSAGE_CORRUPTED, 'two topics', messageTo('t'), messageTo('u')],
    [Code.ILLEGAL_TOPIC, 'no name', messageTo('')],
    [Code.ILLEGAL_TOPIC, 'a bad name', messageTo('a b')],
    [Code.ILLEGAL_TOPIC, 'a system topic', messageTo('TBW102')],
    [Code.TOPIC_NOT_FOUND, 'dead letters of nobody', messageTo('%DLQ%nobody')],
    [Code.FORBIDDEN, 'read only', messageTo('closed')],
    [Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE, 'not FIFO', messageTo('typed')],
    [Code.ILLEGAL_MESSAGE_ID, 'no id', messageTo('t', (p) => p.setMessageId(' '))],
    [Code.MESSAGE_BODY_EMPTY, 'no body', messageTo('t').setBody('')],
    [Code.MESSAGE_BODY_TOO_LARGE, 'too long', messageTo('t').setBody(Buffer.alloc(4 * 1024 * 1024 + 1))],
    [Code.MESSAGE_CORRUPTED, 'no gzip', messageTo('t', (p) => p.setBodyEncoding(definition.Encoding.GZIP))],
    [Code.ILLEGAL_MESSAGE_TAG, 'two tags', messageTo('t', (p) => p.setTag('a|b'))],
    [Code.ILLEGAL_MESSAGE_KEY, 'a blank key', messageTo('t', (p) => p.setKeysList([' ']))],
    [Code.ILLEGAL_MESSAGE_GROUP, 'a long group', messageTo('t', (p) => p.setMessageGroup('g'.repeat(64)))],
    [Code.ILLEGAL_MESSAGE_PROPERTY_KEY, 'a name of RocketMQ', withProperty('UNIQ_KEY', 'x')],
    [Code.ILLEGAL_MESSAGE_PROPERTY_KEY, 'a control character', withProperty('x', '\u0001')],
    [Code.MESSAGE_PROPERTIES_TOO_LARGE, 'large', withProperty('x', 'x'.repeat(16 * 1024))],
    [Code.MESSAGE_PROPERTIES_TOO_LARGE, 'many', many],
    [Code.ILLEGAL_DELIVERY_TIME, 'too late', messageTo('t', (p) => p.setDeliveryTimestamp(inTwoDays))],
    [Code.BAD_REQUEST, 'two delayed ones', delayed, delayed],
    [Code.UNSUPPORTED, 'a transaction', messageTo('t', (p) => p.setMessageType(MessageType.TRANSACTION))],
    [Code.UNSUPPORTED, 'lite', messageTo('t', (p) => p.setMessageType(MessageType.LITE))],
  ];
  for (const [code, what, ...messages] of cases) {
    assert.equal(await codeOf((answered) => stub.sendMessage(sending(...messages), answered)), code, what);
  }
  const largest = messageTo('t').setBody(Buffer.alloc(4 * 1024 * 1024));
  assert.equal(await codeOf((answered) => stub.sendMessage(sending(largest), answered)), Code.OK);
});

test('what the embedded broker does not have is answered as not implemented', async (t) => {
  const { broker } = await startForTest(t, { grpcPort: 0 });
  const stub = stubFor(t, endpointsOf(broker));
  const { NOT_IMPLEMENTED } = Code;
  assert.equal(
    await codeOf((a) => stub.endTransaction(new service.EndTransactionRequest(), a)),
    NOT_IMPLEMENTED,
  );
  assert.equal(
    await codeOf((a) => stub.recallMessage(new service.RecallMessageRequest(), a)),
    NOT_IMPLEMENTED,
  );
  await assert.rejects(
    codeOf((a) => stub.getOffset(new service.GetOffsetRequest(), a)),
    (error: ServiceError) => error.code === status.UNIMPLEMENTED,
  );
});

test('a receive is refused as a proxy of RocketMQ refuses it', async (t) => {
  const { broker, client } = await startForTest(t, { grpcPort: 0 });
  await createTopic(client, 't', 1);
  const stub = stubFor(t, endpointsOf(broker));
  const request = (topic: string, group: string, seconds = 10) =>
    new service.ReceiveMessageRequest()
      .setMessageQueue(new definition.MessageQueue().setTopic(resource(topic)))
      .setGroup(resource(group))
      .setBatchSize(1)
      .setInvisibleDuration(new durations.Duration().setSeconds(seconds))
      .setLongPollingTimeout(new durations.Duration().setNanos(100_000_000));
  const filter = (type: definition.FilterType, expression: string) =>
    request('t', 'g').setFilterExpression(
      new definition.FilterExpression().setType(type).setExpression(expression),
    );
  const code = async (asked: ReturnType<typeof request>): Promise<number | undefined> => {
    for await (const response of stub.receiveMessage(asked) as AsyncIterable<
      InstanceType<typeof service.ReceiveMessageResponse>
    >) {
      if (response.hasStatus()) return response.getStatus()?.getCode();
    }
    return undefined;
  };
  assert.equal(await code(request('t', 'g')), Code.MESSAGE_NOT_FOUND);
  assert.equal(await code(request('unknown', 'g')), Code.TOPIC_NOT_FOUND);
  assert.equal(await code(request('t', 'a b')), Code.ILLEGAL_CONSUMER_GROUP);
  assert.equal(await code(request('t', 'g', 9)), Code.ILLEGAL_INVISIBLE_TIME);
  assert.equal(await code(request('t', 'g', 12 * 3_600 + 1)), Code.ILLEGAL_INVISIBLE_TIME);
  assert.equal(await code(filter(definition.FilterType.SQL, 'a > 1')), Code.ILLEGAL_FILTER_EXPRESSION);
  assert.equal(await code(filter(definition.FilterType.TAG, ' || ')), Code.ILLEGAL_FILTER_EXPRESSION);
});

test('each entry of an acknowledgement has its status', async (t) => {
  const { broker } = await startForTest(t, { grpcPort: 0 });
  const stub = stubFor(t, endpointsOf(broker));
  const sent = [messageTo('t'), messageTo('t'), messageTo('t')];
  assert.equal(await codeOf((answered) => stub.sendMessage(sending(...sent), answered)), Code.OK);
  const asked = new service.ReceiveMessageRequest()
    .setMessageQueue(new definition.MessageQueue().setTopic(resource('t')))
    .setGroup(resource('g'))
    .setBatchSize(32)
    .setInvisibleDuration(new durations.Duration().setSeconds(10));
  const handles: string[] = [];
  for await (const response of stub.receiveMessage(asked) as AsyncIterable<
    InstanceType<typeof service.ReceiveMessageResponse>
  >) {
    const handle = response.getMessage()?.getSystemProperties()?.getReceiptHandle();
    if (handle !== undefined) handles.push(handle);
  }
  assert.equal(handles.length, 3);
  const acknowledging = (...texts: string[]) =>
    new service.AckMessageRequest()
      .setTopic(resource('t'))
      .setGroup(resource('g'))
      .setEntriesList(texts.map((text) => new service.AckMessageEntry().setReceiptHandle(text)));
  const { INVALID_RECEIPT_HANDLE, OK, MULTIPLE_RESULTS } = Code;
  const mixed = acknowledging(...handles.slice(0, 2), 'nonsense');
  const entries: (number | undefined)[] = [];
  const code = await codeOf((answered) =>
    stub.ackMessage(mixed, (error, response) => {
      if (error === null)
        entries.push(...response.getEntriesList().map((entry) => entry.getStatus()?.getCode()));
      answered(error, response);
    }),
  );
  assert.equal(code, MULTIPLE_RESULTS);
  assert.deepEqual(entries, [OK, OK, INVALID_RECEIPT_HANDLE]);
  const foreign = (handles[2] ?? '').replace(/\d+$/, '1');
  assert.equal(await codeOf((a) => stub.ackMessage(acknowledging(foreign), a)), INVALID_RECEIPT_HANDLE);
  assert.equal(await codeOf((a) => stub.ackMessage(acknowledging(handles[2] ?? ''), a)), OK);
});

test('a gRPC port that is taken is named, and the folder is free again', async (t) => {
  const { broker } = await startForTest(t, { grpcPort: 0 });
  const dir = await temporaryFolder(t);
  const endpoints = endpointsOf(broker);
  await assert.rejects(startEmbeddedBroker({ dir, grpcPort: Number(endpoints.split(':')[1]) }), (error) => {
    return error instanceof ListenError && error.message.includes(endpoints);
  });
  const other = await startEmbeddedBroker({ dir });
  assert.equal(other.endpoints, undefined);
  await other.close();
});
