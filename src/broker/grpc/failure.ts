import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type { Code, Status } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type { Broker } from '../broker.js';
import { messageOf } from '../broker-log.js';

/** Why a request is refused, as it is answered: with the status a RocketMQ 5.5.0 proxy answers. */
export class GrpcFailure extends Error {
  override readonly name = 'GrpcFailure';
  readonly code: Code;

  constructor(code: Code, message: string) {
    super(message);
    this.code = code;
  }
}

export function statusOf(code: Code, message: string): Status {
  return new definition.Status().setCode(code).setMessage(message);
}

export const okStatus = (): Status => statusOf(definition.Code.OK, 'OK');

/** What a request that failed is answered; one that did not fail by itself is logged. */
export function failureStatus(broker: Broker, request: string, error: unknown): Status {
  if (error instanceof GrpcFailure) return statusOf(error.code, error.message);
  broker.log.error(`${request} failed: ${messageOf(error)}`);
  return statusOf(definition.Code.INTERNAL_SERVER_ERROR, messageOf(error));
}

/** Of several results: what they have in common, or that they differ. */
export function commonStatus(results: readonly Status[]): Status {
  const [first] = results;
  if (first === undefined) return statusOf(definition.Code.INTERNAL_SERVER_ERROR, 'the result is empty');
  return results.every((status) => status.getCode() === first.getCode())
    ? first
    : statusOf(definition.Code.MULTIPLE_RESULTS, 'MULTIPLE_RESULTS');
}
