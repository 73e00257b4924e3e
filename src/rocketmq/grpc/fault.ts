import { RocketmqError, type RocketmqErrorCode } from '../errors.js';
import { ClientException, Code, GrpcStatus, type ServiceError } from './client-package.js';

/** Why a gRPC call itself failed (io.grpc.Status), in our words. */
const byGrpcStatus: ReadonlyMap<number, RocketmqErrorCode> = new Map([
  [GrpcStatus.UNAVAILABLE, 'unreachable'],
  [GrpcStatus.DEADLINE_EXCEEDED, 'timeout'],
  // A server that is killed resets its streams: INTERNAL and UNKNOWN are what is seen of it.
  [GrpcStatus.INTERNAL, 'disconnected'],
  [GrpcStatus.UNKNOWN, 'disconnected'],
  [GrpcStatus.ABORTED, 'disconnected'],
  [GrpcStatus.CANCELLED, 'disconnected'],
  [GrpcStatus.UNAUTHENTICATED, 'denied'],
  [GrpcStatus.PERMISSION_DENIED, 'denied'],
  [GrpcStatus.RESOURCE_EXHAUSTED, 'too_large'],
  [GrpcStatus.INVALID_ARGUMENT, 'invalid'],
  [GrpcStatus.UNIMPLEMENTED, 'unsupported'],
]);

/** What a proxy answered (apache.rocketmq.v2.Code). Codes that are not here go by their hundreds. */
const byCode: ReadonlyMap<number, RocketmqErrorCode> = new Map<number, RocketmqErrorCode>([
  [Code.UNAUTHORIZED, 'denied'],
  [Code.FORBIDDEN, 'denied'],
  [Code.TOPIC_NOT_FOUND, 'topic_not_found'],
  [Code.NOT_FOUND, 'topic_not_found'],
  [Code.CONSUMER_GROUP_NOT_FOUND, 'group_not_found'],
  [Code.OFFSET_NOT_FOUND, 'offset_not_found'],
  [Code.REQUEST_TIMEOUT, 'timeout'],
  [Code.PAYLOAD_TOO_LARGE, 'too_large'],
  [Code.MESSAGE_BODY_TOO_LARGE, 'too_large'],
  [Code.REQUEST_HEADER_FIELDS_TOO_LARGE, 'too_large'],
  [Code.MESSAGE_PROPERTIES_TOO_LARGE, 'too_large'],
  [Code.TOO_MANY_REQUESTS, 'busy'],
  [Code.PROXY_TIMEOUT, 'timeout'],
  [Code.NOT_IMPLEMENTED, 'unsupported'],
  [Code.UNSUPPORTED, 'unsupported'],
  [Code.VERSION_UNSUPPORTED, 'unsupported'],
]);

/** `null`: the code says that all went well. `what` begins the message: "topic orders". */
export function answerFault(
  code: number,
  message: string,
  what: string,
  address: string,
): RocketmqError | null {
  if (code === Code.OK) return null;
  const known = byCode.get(code);
  const refused = code >= Code.BAD_REQUEST && code < Code.INTERNAL_ERROR;
  const options = { address, responseCode: code };
  const text = `${what}: the proxy at ${address} answered ${message === '' ? 'an error' : message} (${code})`;
  if (known !== undefined) return new RocketmqError(known, text, options);
  if (refused) return new RocketmqError('invalid', text, options);
  // A proxy whose broker is just away answers INTERNAL_SERVER_ERROR: the same request may work later.
  return new RocketmqError('broker_error', text, { ...options, retryable: true });
}

/** Any error of a call or of the client, as ours. */
export function callFault(error: unknown, what: string, address: string): RocketmqError {
  if (error instanceof RocketmqError) return error;
  if (error instanceof ClientException) {
    return (
      answerFault(error.code, error.message, what, address) ??
      new RocketmqError('protocol', `${what}: ${error.message}`, { cause: error, address })
    );
  }
  if (isServiceError(error)) {
    const code = byGrpcStatus.get(error.code) ?? 'broker_error';
    return new RocketmqError(code, callText(code, error, what, address), { cause: error, address });
  }
  const text = error instanceof Error ? error.message : String(error);
  return new RocketmqError('protocol', `${what}: ${text}`, { cause: error, address });
}

function callText(code: RocketmqErrorCode, error: ServiceError, what: string, address: string): string {
  if (code === 'unreachable') return awayText(address, error.details);
  if (code === 'timeout') return `${what}: the proxy at ${address} did not answer in time`;
  return `${what}: the call to the proxy at ${address} failed: ${error.details}`;
}

/** gRPC tells the reason in the middle of its own words. */
function awayText(address: string, details: string): string {
  const why = details
    .replace(/^No connection established\. Last error: (Error: )?/, '')
    .replace(/\.? Resolution note: *$/, '');
  if (!/certificate/i.test(why)) return `no proxy answers at ${address} (${why})`;
  return `the proxy at ${address} is not trusted: ${why} (NODE_EXTRA_CA_CERTS=FILE adds an authority)`;
}

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}
