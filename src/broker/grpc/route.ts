import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type {
  Endpoints,
  MessageQueue,
  MessageType,
  Permission,
  Resource,
} from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import type {
  QueryAssignmentRequest,
  QueryAssignmentResponse,
  QueryRouteRequest,
  QueryRouteResponse,
} from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import net from 'node:net';
import { permRead, permWrite, type TopicConfig } from '../topics.js';
import type { GrpcBroker } from './grpc-broker.js';
import { GrpcFailure, okStatus } from './failure.js';
import { ensureKnownGroup, ensureTopic } from './resources.js';

const { AddressScheme, Code } = definition;

export function queryRoute(grpc: GrpcBroker, request: QueryRouteRequest): QueryRouteResponse {
  const topic = ensureTopic(grpc, request.getTopic());
  const broker = brokerSeenFrom(grpc, request.getEndpoints());
  const types = acceptedTypes(topic);
  const queues = permissions(topic).map((permission, id) =>
    queueOf(request.getTopic(), id, permission, broker).setAcceptMessageTypesList([...types]),
  );
  return new service.QueryRouteResponse().setStatus(okStatus()).setMessageQueuesList(queues);
}

/** All queues go to all: a receive is served from any queue, so there is nothing to divide. */
export function queryAssignment(grpc: GrpcBroker, request: QueryAssignmentRequest): QueryAssignmentResponse {
  const topic = ensureTopic(grpc, request.getTopic());
  const group = ensureKnownGroup(grpc.broker, request.getGroup());
  if ((topic.perm & permRead) === 0 || topic.readQueueNums === 0) {
    throw new GrpcFailure(Code.FORBIDDEN, 'no readable queue');
  }
  const broker = brokerSeenFrom(grpc, request.getEndpoints());
  const ids = group.consumeMessageOrderly ? Array.from({ length: topic.readQueueNums }, (_, id) => id) : [-1];
  const assignments = ids.map((id) =>
    new definition.Assignment().setMessageQueue(
      queueOf(request.getTopic(), id, permissionOf(topic.perm), broker),
    ),
  );
  return new service.QueryAssignmentResponse().setStatus(okStatus()).setAssignmentsList(assignments);
}

/** The client goes on with the address it came with: only it knows how it gets here. */
function brokerSeenFrom(grpc: GrpcBroker, endpoints: Endpoints | undefined): definition.Broker {
  const asked = endpoints !== undefined && endpoints.getAddressesList().length > 0;
  return new definition.Broker()
    .setName(grpc.broker.name)
    .setId(0)
    .setEndpoints(asked ? endpoints : ownEndpoints(grpc));
}

function ownEndpoints({ host, port }: GrpcBroker): Endpoints {
  const scheme = net.isIPv6(host)
    ? AddressScheme.IPV6
    : net.isIPv4(host)
      ? AddressScheme.IPV4
      : AddressScheme.DOMAIN_NAME;
  const endpoints = new definition.Endpoints().setScheme(scheme);
  endpoints.addAddresses(new definition.Address().setHost(host).setPort(port));
  return endpoints;
}

function queueOf(
  topic: Resource | undefined,
  id: number,
  permission: Permission,
  broker: definition.Broker,
): MessageQueue {
  return new definition.MessageQueue().setTopic(topic).setId(id).setPermission(permission).setBroker(broker);
}

function permissionOf(perm: number): Permission {
  const readable = (perm & permRead) !== 0;
  const writable = (perm & permWrite) !== 0;
  if (readable && writable) return definition.Permission.READ_WRITE;
  if (readable) return definition.Permission.READ;
  return writable ? definition.Permission.WRITE : definition.Permission.NONE;
}

/** By queue: one that is beyond the readable or the writable ones has the other permission only. */
function permissions(topic: TopicConfig): Permission[] {
  const count = Math.max(topic.readQueueNums, topic.writeQueueNums);
  return Array.from({ length: count }, (_, id) => {
    const read = id < topic.readQueueNums ? permRead : 0;
    const write = id < topic.writeQueueNums ? permWrite : 0;
    return permissionOf(topic.perm & (read | write));
  });
}

const typesByName: ReadonlyMap<string, MessageType> = new Map([
  ['NORMAL', definition.MessageType.NORMAL],
  ['FIFO', definition.MessageType.FIFO],
  ['DELAY', definition.MessageType.DELAY],
  ['TRANSACTION', definition.MessageType.TRANSACTION],
]);
const servedTypes: readonly MessageType[] = [
  definition.MessageType.NORMAL,
  definition.MessageType.FIFO,
  definition.MessageType.DELAY,
];

/**
 * What a topic takes: what its attribute `message.type` says. Without one it takes all that the broker
 * can do, so that a topic that was made by itself serves any first try; a RocketMQ cluster has NORMAL then.
 */
export function acceptedTypes(topic: TopicConfig): readonly MessageType[] {
  const said = topic.attributes['message.type'];
  if (said === undefined) return servedTypes;
  return [typesByName.get(said) ?? definition.MessageType.MESSAGE_TYPE_UNSPECIFIED];
}
