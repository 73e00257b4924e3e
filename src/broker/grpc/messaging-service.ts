import type { handleUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type { Status } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { ackMessage, changeInvisibleDuration, forwardToDeadLetters } from './acknowledge.js';
import { callerOf, type Caller } from './caller.js';
import { failureStatus, GrpcFailure, okStatus } from './failure.js';
import type { GrpcBroker } from './grpc-broker.js';
import { receiveMessage, refuseReceive, type ReceiveCall } from './receive.js';
import { ensureKnownGroup } from './resources.js';
import { queryAssignment, queryRoute } from './route.js';
import { sendMessage } from './send.js';
import type { TelemetryCall } from './telemetry.js';

interface Answered<Response> {
  setStatus(status: Status): Response;
}

/** The calls of RocketMQ's gRPC service. A proxy does not serve the four that are left out either. */
export function messagingService(grpc: GrpcBroker): UntypedServiceImplementation {
  const unary = <Request, Response extends Answered<Response>>(
    answer: new () => Response,
    handle: (grpc: GrpcBroker, request: Request, caller: Caller) => Response,
  ): handleUnaryCall<Request, Response> => {
    return (call, callback) => {
      let response: Response;
      try {
        response = handle(grpc, call.request, callerOf(call));
      } catch (error) {
        response = new answer().setStatus(failureStatus(grpc.broker, call.getPath(), error));
      }
      callback(null, response);
    };
  };
  return {
    queryRoute: unary(service.QueryRouteResponse, queryRoute),
    queryAssignment: unary(service.QueryAssignmentResponse, queryAssignment),
    heartbeat: unary(service.HeartbeatResponse, heartbeat),
    notifyClientTermination: unary(service.NotifyClientTerminationResponse, () =>
      new service.NotifyClientTerminationResponse().setStatus(okStatus()),
    ),
    sendMessage: unary(service.SendMessageResponse, sendMessage),
    ackMessage: unary(service.AckMessageResponse, ackMessage),
    changeInvisibleDuration: unary(service.ChangeInvisibleDurationResponse, changeInvisibleDuration),
    forwardMessageToDeadLetterQueue: unary(
      service.ForwardMessageToDeadLetterQueueResponse,
      forwardToDeadLetters,
    ),
    endTransaction: unary(service.EndTransactionResponse, refused('transactions')),
    recallMessage: unary(service.RecallMessageResponse, refused('recall of delayed messages')),
    syncLiteSubscription: unary(service.SyncLiteSubscriptionResponse, refused('lite topics')),
    receiveMessage: (call: ReceiveCall) => {
      try {
        receiveMessage(grpc, call);
      } catch (error) {
        refuseReceive(call, failureStatus(grpc.broker, call.getPath(), error));
      }
    },
    telemetry: (call: TelemetryCall) => {
      grpc.sessions.open(grpc.broker, call);
    },
  };
}

const heartbeat = (
  { broker, members }: GrpcBroker,
  request: InstanceType<typeof service.HeartbeatRequest>,
  { clientId }: Caller,
): InstanceType<typeof service.HeartbeatResponse> => {
  members.seen(clientId);
  if (request.hasGroup()) ensureKnownGroup(broker, request.getGroup());
  return new service.HeartbeatResponse().setStatus(okStatus());
};

function refused(what: string): () => never {
  return () => {
    throw new GrpcFailure(definition.Code.NOT_IMPLEMENTED, `the embedded broker has no ${what}`);
  };
}
