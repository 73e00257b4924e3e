/**
 * The one place that loads rocketmq-client-nodejs, its generated messages and gRPC. It costs more than half
 * a second: whatever needs this folder imports it with `import()`.
 */
import './client-log.js';
import { status } from '@grpc/grpc-js';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import stub from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import protobuf from 'rocketmq-client-nodejs/dist/util/index.js';

export { ChannelCredentials, Metadata } from '@grpc/grpc-js';
export type {
  CallOptions,
  ClientDuplexStream,
  ClientOptions,
  ClientReadableStream,
  ClientUnaryCall,
  ServiceError,
} from '@grpc/grpc-js';
export {
  ClientException,
  Endpoints,
  FilterExpression,
  Producer,
  PublishingMessage,
  RpcClientManager,
  SimpleConsumer,
} from 'rocketmq-client-nodejs';
export type {
  BaseClient,
  BaseClientOptions,
  ILogger,
  MessageQueue,
  TopicRouteData,
} from 'rocketmq-client-nodejs';
export type {
  Message,
  Settings,
  Status,
} from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
export type {
  AckMessageRequest,
  AckMessageResponse,
  ChangeInvisibleDurationRequest,
  ChangeInvisibleDurationResponse,
  HeartbeatRequest,
  HeartbeatResponse,
  NotifyClientTerminationRequest,
  NotifyClientTerminationResponse,
  QueryRouteRequest,
  QueryRouteResponse,
  ReceiveMessageRequest,
  ReceiveMessageResponse,
  SendMessageRequest,
  SendMessageResponse,
  TelemetryCommand,
} from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';

export const { AddressScheme, Encoding, MessageType, Permission } = definition;
/** As numbers: answers carry them as such. */
export const Code: Readonly<Record<keyof typeof definition.Code, number>> = definition.Code;
export const GrpcStatus: Readonly<Record<keyof typeof status, number>> = status;
export const requests = service;
export const { MessagingServiceClient } = stub;
export type Stub = InstanceType<typeof MessagingServiceClient>;
export const { createDuration, createResource } = protobuf;
