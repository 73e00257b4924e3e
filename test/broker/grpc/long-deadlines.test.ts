import assert from 'node:assert/strict';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { test } from 'node:test';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { atEnd } from '../../temp-folder.js';
import { startForTest } from '../raw-client.js';
import { endpointsOf } from './official-client.js';

test('a stream with a deadline of 60 years, as the Java client has it, is served', async (t) => {
  const { broker } = await startForTest(t, { grpcPort: 0 });
  const session = connect(`http://${endpointsOf(broker)}`);
  atEnd(t, () => {
    session.destroy();
  });
  const stream = session.request({
    ':method': 'POST',
    ':path': '/apache.rocketmq.v2.MessagingService/Telemetry',
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': '31535999M',
  });
  const settings = new definition.Settings().setPublishing(new definition.Publishing());
  const command = new service.TelemetryCommand().setSettings(settings).serializeBinary();
  const head = Buffer.alloc(5);
  head.writeUInt32BE(command.length, 1);
  stream.write(Buffer.concat([head, command]));
  const answer = await new Promise<Buffer>((resolve, reject) => {
    stream.once('data', resolve);
    stream.once('error', reject);
    stream.once('trailers', (trailers: IncomingHttpHeaders) => {
      reject(new Error(`ended with status ${String(trailers['grpc-status'])}`));
    });
  });
  const answered = service.TelemetryCommand.deserializeBinary(answer.subarray(5));
  assert.equal(answered.getStatus()?.getCode(), definition.Code.OK);
  assert.equal(answered.getSettings()?.getBackoffPolicy()?.getMaxAttempts(), 3);
});
