import { RocketmqError } from '../errors.js';
import {
  ChannelCredentials,
  GrpcStatus,
  MessagingServiceClient,
  RpcClientManager,
  requests,
  type AckMessageRequest,
  type AckMessageResponse,
  type BaseClient,
  type CallOptions,
  type ChangeInvisibleDurationRequest,
  type ChangeInvisibleDurationResponse,
  type ClientDuplexStream,
  type ClientUnaryCall,
  type Endpoints,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type ILogger,
  type Metadata,
  type NotifyClientTerminationRequest,
  type NotifyClientTerminationResponse,
  type QueryRouteRequest,
  type QueryRouteResponse,
  type ReceiveMessageRequest,
  type ReceiveMessageResponse,
  type SendMessageRequest,
  type SendMessageResponse,
  type ServiceError,
  type Stub,
  type TelemetryCommand,
} from './client-package.js';
import { isServiceError } from './fault.js';
import { grpcTarget } from './proxy-address.js';
import { Slots } from './slots.js';
import { ClosedStream, survivingRelease } from './telemetry-stream.js';

export interface ChannelOptions {
  readonly tls: boolean;
  readonly namespace: string;
  readonly logger: ILogger;
}

/** A message of 4 MiB, the most a broker takes, with all that may stand around it. */
const maxReceiveBytes = 16 * 1024 * 1024;
/** 20,000 calls at once all ran into their deadline when measured; more than 256 gain nothing. */
const callsInFlight = 64;
const terminationMs = 1_000;
/** So many calls without an answer in a row, and the connection is thought dead. */
const deadAfterTimeouts = 3;

type Done<Response> = (error: ServiceError | null, response: Response) => void;
type Start<Response> = (
  stub: Stub,
  metadata: Metadata,
  options: CallOptions,
  done: Done<Response>,
) => ClientUnaryCall;

/** One of several addresses is used until it does not answer. */
interface Proxy {
  index: number;
  stub: Stub;
  timeouts: number;
  /** The stream over which the client and the proxy tell each other their settings. */
  telemetry: { cancel(): void } | undefined;
}

/**
 * The connections of one client, in place of the ones rocketmq-client-nodejs 1.0.8 would make. Its own
 * know no options, so that a message of 4 MiB cannot be received; make new channels with each refreshed
 * route; never connect to one of several addresses; cannot be cancelled; have no bound on calls in
 * flight; and leave out the namespace. Can go, one by one, when the client does better.
 */
export class Channels extends RpcClientManager {
  readonly #client: BaseClient;
  readonly #options: ChannelOptions;
  readonly #proxies = new Map<string, Proxy>();
  readonly #calls = new Set<{ cancel(): void }>();
  readonly #slots = new Slots(callsInFlight);
  #closed = false;

  constructor(client: BaseClient, options: ChannelOptions) {
    super(client, options.logger);
    // Its timer would keep the process up.
    super.close();
    this.#client = client;
    this.#options = options;
  }

  override queryRoute(
    endpoints: Endpoints,
    request: QueryRouteRequest,
    ms: number,
  ): Promise<QueryRouteResponse> {
    request.getTopic()?.setResourceNamespace(this.#options.namespace);
    return this.#unary(endpoints, ms, (stub, ...rest) => stub.queryRoute(request, ...rest));
  }

  override heartbeat(
    endpoints: Endpoints,
    request: HeartbeatRequest,
    ms: number,
  ): Promise<HeartbeatResponse> {
    request.getGroup()?.setResourceNamespace(this.#options.namespace);
    return this.#unary(endpoints, ms, (stub, ...rest) => stub.heartbeat(request, ...rest));
  }

  override sendMessage(
    endpoints: Endpoints,
    request: SendMessageRequest,
    ms: number,
    signal?: AbortSignal,
  ): Promise<SendMessageResponse> {
    return this.#slots.use(() =>
      this.#unary(endpoints, ms, (stub, ...rest) => stub.sendMessage(request, ...rest), signal),
    );
  }

  override ackMessage(
    endpoints: Endpoints,
    request: AckMessageRequest,
    ms: number,
  ): Promise<AckMessageResponse> {
    return this.#slots.use(() =>
      this.#unary(endpoints, ms, (stub, ...rest) => stub.ackMessage(request, ...rest)),
    );
  }

  override changeInvisibleDuration(
    endpoints: Endpoints,
    request: ChangeInvisibleDurationRequest,
    ms: number,
  ): Promise<ChangeInvisibleDurationResponse> {
    // Not bounded here: acknowledgements must not wait behind what only they make unnecessary.
    return this.#unary(endpoints, ms, (stub, ...rest) => stub.changeInvisibleDuration(request, ...rest));
  }

  /**
   * Says goodbye. A proxy that does not answer forgets the client by itself; `shutdown()` of 1.0.8 would
   * reject then, and leave its timers and streams behind. Can go when it does not.
   */
  override async notifyClientTermination(
    endpoints: Endpoints,
    request: NotifyClientTerminationRequest,
  ): Promise<NotifyClientTerminationResponse> {
    request.getGroup()?.setResourceNamespace(this.#options.namespace);
    try {
      return await this.#unary(endpoints, terminationMs, (stub, ...rest) =>
        stub.notifyClientTermination(request, ...rest),
      );
    } catch (error) {
      if (!isServiceError(error)) throw error;
      return new requests.NotifyClientTerminationResponse();
    }
  }

  override telemetry(
    endpoints: Endpoints,
    metadata: Metadata,
  ): ClientDuplexStream<TelemetryCommand, TelemetryCommand> {
    if (this.#closed) return new ClosedStream();
    const proxy = this.#proxyOf(endpoints);
    const { stub } = proxy;
    const stream = survivingRelease(stub.telemetry(metadata));
    proxy.telemetry = stream;
    this.#track(stream);
    stream.once('error', (error: unknown) => {
      this.#failed(endpoints, stub, error);
    });
    return stream;
  }

  /** What the proxy streams in answer to one request. The call is cancelled when `signal` aborts. */
  async receive(
    endpoints: Endpoints,
    request: ReceiveMessageRequest,
    ms: number,
    signal: AbortSignal,
  ): Promise<readonly ReceiveMessageResponse[]> {
    this.#checkOpen();
    signal.throwIfAborted();
    const proxy = this.#proxyOf(endpoints);
    const { stub } = proxy;
    const stream = stub.receiveMessage(request, this.#client.getRequestMetadata(), {
      deadline: Date.now() + ms,
    });
    this.#track(stream);
    const cancel = (): void => {
      stream.cancel();
    };
    signal.addEventListener('abort', cancel, { once: true });
    const responses: ReceiveMessageResponse[] = [];
    try {
      await new Promise<void>((resolve, reject) => {
        stream.on('data', (response: ReceiveMessageResponse) => responses.push(response));
        stream.on('error', reject);
        stream.on('end', resolve);
      });
      proxy.timeouts = 0;
      return responses;
    } catch (error) {
      this.#failed(endpoints, stub, error);
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
      this.#calls.delete(stream);
    }
  }

  /** Cancels what is under way. Idempotent. */
  override close(): void {
    this.#closed = true;
    for (const call of this.#calls) call.cancel();
    this.#calls.clear();
    for (const { stub } of this.#proxies.values()) stub.close();
    this.#proxies.clear();
  }

  async #unary<Response>(
    endpoints: Endpoints,
    ms: number,
    start: Start<Response>,
    signal?: AbortSignal,
  ): Promise<Response> {
    this.#checkOpen();
    signal?.throwIfAborted();
    const proxy = this.#proxyOf(endpoints);
    const { stub } = proxy;
    let call: ClientUnaryCall | undefined;
    const cancel = (): void => {
      call?.cancel();
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const response = await new Promise<Response>((resolve, reject) => {
        const metadata = this.#client.getRequestMetadata();
        call = start(stub, metadata, { deadline: Date.now() + ms }, (error, answer) => {
          if (error === null) resolve(answer);
          else reject(error);
        });
        this.#calls.add(call);
      });
      proxy.timeouts = 0;
      return response;
    } catch (error) {
      this.#failed(endpoints, stub, error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
      if (call !== undefined) this.#calls.delete(call);
    }
  }

  #track(stream: { cancel(): void; once(event: 'close', listener: () => void): unknown }): void {
    this.#calls.add(stream);
    stream.once('close', () => this.#calls.delete(stream));
  }

  #proxyOf(endpoints: Endpoints): Proxy {
    let proxy = this.#proxies.get(endpoints.facade);
    if (proxy === undefined) {
      proxy = { index: 0, stub: this.#connect(endpoints, 0), timeouts: 0, telemetry: undefined };
      this.#proxies.set(endpoints.facade, proxy);
    }
    return proxy;
  }

  /** The next address takes over where this one is away; where there is no other, it is tried anew. */
  #failed(endpoints: Endpoints, stub: Stub, error: unknown): void {
    const proxy = this.#proxies.get(endpoints.facade);
    // Of several calls that an address has failed, the first has moved on from it.
    if (proxy?.stub !== stub || !isServiceError(error)) return;
    const code: number = error.code;
    if (code === GrpcStatus.DEADLINE_EXCEEDED) proxy.timeouts += 1;
    const count = endpoints.addressesList.length;
    const away = code === GrpcStatus.UNAVAILABLE && count > 1;
    if (!away && proxy.timeouts < deadAfterTimeouts) return;
    proxy.stub.close();
    proxy.index = (proxy.index + 1) % count;
    proxy.timeouts = 0;
    proxy.stub = this.#connect(endpoints, proxy.index);
    // The client opens it anew where the other calls go now; the dead connection would keep the old one for long.
    proxy.telemetry?.cancel();
  }

  #connect(endpoints: Endpoints, index: number): Stub {
    const address = endpoints.addressesList[index];
    if (address === undefined) throw new RocketmqError('protocol', 'the proxy announced no address');
    const credentials = this.#options.tls
      ? ChannelCredentials.createSsl()
      : ChannelCredentials.createInsecure();
    return new MessagingServiceClient(grpcTarget(address), credentials, {
      'grpc.max_receive_message_length': maxReceiveBytes,
      'grpc.initial_reconnect_backoff_ms': 200,
      'grpc.max_reconnect_backoff_ms': 2_000,
      // Else one that is made anew gets the connection again that others still have, dead as it may be.
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  #checkOpen(): void {
    if (this.#closed) throw new RocketmqError('closed', 'the RocketMQ client is closed');
  }
}
