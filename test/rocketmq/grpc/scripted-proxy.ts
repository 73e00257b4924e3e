/** A proxy whose answers a test decides: the client's own generated messages on a real gRPC server. */
import {
  Server,
  ServerCredentials,
  status,
  type ServerDuplexStream,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { IMessagingServiceServer } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import {
  AddressScheme,
  Encoding,
  Permission,
  requests,
  type AckMessageRequest,
  type AckMessageResponse,
  type ReceiveMessageRequest,
  type ReceiveMessageResponse,
  type SendMessageRequest,
  type TelemetryCommand,
} from '../../../src/rocketmq/grpc/client-package.js';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import stub from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';

export interface ScriptedMessage {
  readonly id: string;
  readonly body: Buffer;
  readonly encoding?: 'identity' | 'gzip';
  readonly properties?: Readonly<Record<string, string>>;
  readonly attempt?: number;
  readonly receipt?: string;
}

export interface Script {
  readonly topics: ReadonlySet<string>;
  readonly groups?: ReadonlySet<string>;
  readonly types?: readonly definition.MessageType[];
  /** What clients may do with the queues; default: all. */
  readonly permission?: definition.Permission;
  /** The code of the answer to a request of these messages. */
  readonly send?: (request: SendMessageRequest) => definition.Code;
  /** Messages for the next poll; with none the poll waits for `waitMs`. Where it throws, the poll breaks. */
  readonly receive?: (request: ReceiveMessageRequest) => readonly ScriptedMessage[];
  readonly waitMs?: number;
  /** The code of an entry's answer. */
  readonly acknowledge?: (receipt: string) => definition.Code;
}

export interface ScriptedProxy {
  readonly endpoint: string;
  readonly seen: {
    readonly sends: SendMessageRequest[];
    readonly acknowledged: AckMessageRequest[];
    readonly hidden: string[];
    polls: number;
    telemetryStreams: number;
  };
  /** Ends at once, with all its connections. */
  stop(): Promise<void>;
}

export const { Code, MessageType } = definition;
export { Permission } from '../../../src/rocketmq/grpc/client-package.js';
const { Broker, Endpoints, Message, MessageQueue, Resource, Settings, Status, SystemProperties } = definition;
type StatusMessage = InstanceType<typeof Status>;

/** With which a proxy answers an entry for what it has sent on. */
const storedCodes: ReadonlySet<number> = new Set([
  Code.OK,
  Code.MASTER_PERSISTENCE_TIMEOUT,
  Code.SLAVE_PERSISTENCE_TIMEOUT,
  Code.HA_NOT_AVAILABLE,
]);

const statusOf = (code: definition.Code, message = 'as the script says'): StatusMessage =>
  new Status().setCode(code).setMessage(message);

export async function scriptedProxy(script: Script, host = '127.0.0.1', port = 0): Promise<ScriptedProxy> {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const seen: ScriptedProxy['seen'] = {
    sends: [],
    acknowledged: [],
    hidden: [],
    polls: 0,
    telemetryStreams: 0,
  };
  const timers = new Set<NodeJS.Timeout>();
  const calls: Partial<IMessagingServiceServer> = {
    queryRoute: (call, done) => {
      const topic = call.request.getTopic()?.getName() ?? '';
      const answer = new requests.QueryRouteResponse();
      if (!script.topics.has(topic)) {
        done(null, answer.setStatus(statusOf(Code.TOPIC_NOT_FOUND, 'no topic')));
        return;
      }
      const endpoints = new Endpoints().setScheme(
        call.request.getEndpoints()?.getScheme() ?? AddressScheme.IPV4,
      );
      endpoints.setAddressesList(call.request.getEndpoints()?.getAddressesList() ?? []);
      const queue = new MessageQueue()
        .setId(0)
        .setTopic(new Resource().setName(topic))
        .setPermission(script.permission ?? Permission.READ_WRITE)
        .setBroker(new Broker().setName('broker-a').setId(0).setEndpoints(endpoints))
        .setAcceptMessageTypesList([...(script.types ?? [MessageType.NORMAL])]);
      done(null, answer.setStatus(statusOf(Code.OK)).setMessageQueuesList([queue]));
    },
    telemetry: (call: ServerDuplexStream<TelemetryCommand, TelemetryCommand>) => {
      seen.telemetryStreams += 1;
      call.on('error', () => undefined);
      call.on('end', () => {
        call.end();
      });
      call.on('data', (command: TelemetryCommand) => {
        const group = command.getSettings()?.getSubscription()?.getGroup()?.getName();
        if (group !== undefined && script.groups?.has(group) === false) {
          call.emit('error', { code: 3, details: `group not found: ${group}` });
          return;
        }
        const settings = command.getSettings() ?? new Settings();
        if (settings.getPublishing() !== undefined) {
          const backoff = new definition.RetryPolicy()
            .setMaxAttempts(3)
            .setExponentialBackoff(new definition.ExponentialBackoff().setMultiplier(2));
          settings.setBackoffPolicy(backoff);
          settings
            .getPublishing()
            ?.setMaxBodySize(4 * 1024 * 1024)
            .setValidateMessageType(true);
        }
        call.write(new requests.TelemetryCommand().setStatus(statusOf(Code.OK)).setSettings(settings));
      });
    },
    heartbeat: (_call, done) => {
      done(null, new requests.HeartbeatResponse().setStatus(statusOf(Code.OK)));
    },
    notifyClientTermination: (_call, done) => {
      done(null, new requests.NotifyClientTerminationResponse().setStatus(statusOf(Code.OK)));
    },
    sendMessage: (call, done) => {
      seen.sends.push(call.request);
      const outcome = statusOf(script.send?.(call.request) ?? Code.OK);
      const answer = new requests.SendMessageResponse().setStatus(outcome);
      if (storedCodes.has(outcome.getCode())) {
        answer.addEntries(new requests.SendResultEntry().setStatus(outcome).setMessageId('stored'));
      }
      done(null, answer);
    },
    receiveMessage: (call) => {
      seen.polls += 1;
      let messages: readonly ScriptedMessage[];
      try {
        messages = script.receive?.(call.request) ?? [];
      } catch (error) {
        call.emit('error', { code: status.UNAVAILABLE, details: String(error) });
        return;
      }
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          answerPoll(call, messages);
        },
        messages.length > 0 ? 0 : (script.waitMs ?? 50),
      );
      timers.add(timer);
    },
    ackMessage: (call, done) => {
      seen.acknowledged.push(call.request);
      done(null, acknowledged(call.request, script));
    },
    changeInvisibleDuration: (call, done) => {
      const receipt = call.request.getReceiptHandle();
      seen.hidden.push(receipt);
      const answer = new requests.ChangeInvisibleDurationResponse().setStatus(statusOf(Code.OK));
      done(null, answer.setReceiptHandle(`${receipt}'`));
    },
  };
  server.addService(stub.MessagingServiceService, calls as UntypedServiceImplementation);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${String(port)}`, ServerCredentials.createInsecure(), (error, free) => {
      if (error === null) resolve(free);
      else reject(error);
    });
  });
  return {
    endpoint: `${host}:${String(bound)}`,
    seen,
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

function answerPoll(
  call: ServerWritableStream<ReceiveMessageRequest, ReceiveMessageResponse>,
  messages: readonly ScriptedMessage[],
): void {
  if (call.cancelled) return;
  const code = messages.length > 0 ? Code.OK : Code.MESSAGE_NOT_FOUND;
  call.write(new requests.ReceiveMessageResponse().setStatus(statusOf(code)));
  const topic = call.request.getMessageQueue()?.getTopic();
  for (const message of messages) {
    const system = new SystemProperties()
      .setMessageId(message.id)
      .setBodyEncoding(message.encoding === 'gzip' ? Encoding.GZIP : Encoding.IDENTITY)
      .setReceiptHandle(message.receipt ?? `receipt-${message.id}`)
      .setDeliveryAttempt(message.attempt ?? 1);
    const stored = new Message().setBody(message.body).setSystemProperties(system);
    if (topic !== undefined) stored.setTopic(topic);
    for (const [name, value] of Object.entries(message.properties ?? {})) {
      stored.getUserPropertiesMap().set(name, value);
    }
    call.write(new requests.ReceiveMessageResponse().setMessage(stored));
  }
  call.end();
}

function acknowledged(request: AckMessageRequest, script: Script): AckMessageResponse {
  const answer = new requests.AckMessageResponse();
  const codes = new Set<definition.Code>();
  for (const entry of request.getEntriesList()) {
    const code = script.acknowledge?.(entry.getReceiptHandle()) ?? Code.OK;
    codes.add(code);
    answer.addEntries(
      new requests.AckMessageResultEntry()
        .setMessageId(entry.getMessageId())
        .setReceiptHandle(entry.getReceiptHandle())
        .setStatus(statusOf(code)),
    );
  }
  // As a proxy does it: where all have the same code, it is the answer's.
  const [common = Code.OK, other] = codes;
  return answer.setStatus(statusOf(other === undefined ? common : Code.MULTIPLE_RESULTS));
}
