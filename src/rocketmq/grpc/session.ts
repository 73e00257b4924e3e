import { RocketmqError } from '../errors.js';
import {
  FilterExpression,
  GrpcStatus,
  Producer,
  SimpleConsumer,
  createDuration,
  createResource,
  requests,
  type BaseClientOptions,
  type Endpoints,
  type ILogger,
  type ReceiveMessageRequest,
  type MessageQueue,
  type Settings,
  type TelemetryCommand,
  type TopicRouteData,
} from './client-package.js';
import { Channels } from './channels.js';
import { callFault, isServiceError } from './fault.js';
import { addressText, endpointsOf, parseProxyAddress } from './proxy-address.js';

export interface SessionOptions {
  /** `host:port` each; any one of them that answers will do. */
  readonly endpoints: readonly string[];
  readonly namespace: string;
  readonly tls: boolean;
  readonly credentials: { readonly accessKey: string; readonly secretKey: string } | undefined;
  readonly requestTimeoutMs: number;
}

/** A missing topic or group has to be told within 10 s, with the start of the program. */
const settingsMs = 7_000;
const shutdownMs = 3_000;

/**
 * 1.0.8 writes a log into the home directory unless it is given a logger, and fails where it cannot. What
 * it has to say comes as errors too. Can go when its default is silence.
 */
const silent: ILogger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const finalStatuses: ReadonlySet<number> = new Set([
  GrpcStatus.INVALID_ARGUMENT,
  GrpcStatus.UNAUTHENTICATED,
  GrpcStatus.PERMISSION_DENIED,
]);

/** What both kinds of client are started with, and the answers that their start waits for. */
class Start {
  readonly addresses: string;
  readonly endpoints: Endpoints;
  readonly #settings: Promise<void>;
  #received: () => void = () => undefined;
  #refused: (fault: unknown) => void = () => undefined;
  #lastFault: unknown;

  constructor(options: SessionOptions) {
    const addresses = options.endpoints.map(parseProxyAddress);
    if (addresses.length === 0) throw new RocketmqError('invalid', 'no proxy is given');
    this.addresses = addresses.map(addressText).join(';');
    this.endpoints = endpointsOf(addresses);
    this.#settings = new Promise((resolve, reject) => {
      this.#received = resolve;
      this.#refused = reject;
    });
    // A session that is closed before anybody waits has nobody to tell.
    this.#settings.catch(() => undefined);
  }

  received(): void {
    this.#received();
  }

  /** A refusal stays one, however often the client asks again. */
  failed(fault: unknown): void {
    this.#lastFault = fault;
    if (isServiceError(fault) && finalStatuses.has(fault.code)) this.#refused(fault);
  }

  /** Resolves when the proxy has accepted the client's settings. */
  async settled(what: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const last =
          this.#lastFault === undefined
            ? ''
            : `: ${callFault(this.#lastFault, what, this.addresses).message}`;
        const seconds = String(settingsMs / 1000);
        reject(
          new RocketmqError(
            'timeout',
            `${what}: the proxy at ${this.addresses} did not accept it in ${seconds} s${last}`,
            {
              cause: this.#lastFault,
              address: this.addresses,
            },
          ),
        );
      }, settingsMs);
    });
    try {
      await Promise.race([this.#settings, late]);
    } catch (error) {
      throw callFault(error, what, this.addresses);
    } finally {
      clearTimeout(timer);
    }
  }
}

function clientOptions(options: SessionOptions): BaseClientOptions {
  const { namespace, tls, credentials, requestTimeoutMs } = options;
  return {
    // Only to be accepted: what is used is set below, see endpointsOf.
    endpoints: 'unused:1',
    namespace,
    sslEnabled: tls,
    requestTimeout: requestTimeoutMs,
    logger: silent,
    ...(credentials === undefined
      ? {}
      : { sessionCredentials: { accessKey: credentials.accessKey, accessSecret: credentials.secretKey } }),
  };
}

/**
 * The official Producer, started without topics: with three or more of them the answer 1.0.8 waits for
 * may come before it waits, and its start hangs. Can go when that race is gone.
 */
export class ProducerSession extends Producer {
  declare protected readonly rpcClientManager: Channels;
  declare protected readonly endpoints: Endpoints;
  readonly #start: Start;

  constructor(options: SessionOptions) {
    const start = new Start(options);
    super(clientOptions(options));
    this.#start = start;
    super.getRpcClientManager().close();
    this.endpoints = start.endpoints;
    this.rpcClientManager = new Channels(this, {
      tls: options.tls,
      namespace: options.namespace,
      logger: silent,
    });
  }

  get addresses(): string {
    return this.#start.addresses;
  }

  get channels(): Channels {
    return this.rpcClientManager;
  }

  /** Refreshed every 30 s by the client. Throws `topic_not_found` and what calls throw. */
  async route(topic: string): Promise<TopicRouteData> {
    const known = this.topicRouteCache.get(topic);
    if (known !== undefined) return known;
    try {
      return await this.getRouteData(topic);
    } catch (error) {
      // A topic that is not there would keep the client from refreshing the others.
      this.topics.delete(topic);
      throw callFault(error, `topic ${topic}`, this.addresses);
    }
  }

  override async shutdown(): Promise<void> {
    await inTime(super.shutdown());
    this.rpcClientManager.close();
  }
}

/** The official SimpleConsumer, of any number of topics; see `ProducerSession`. */
export class ConsumerSession extends SimpleConsumer {
  declare protected readonly rpcClientManager: Channels;
  declare protected readonly endpoints: Endpoints;
  readonly #start: Start;

  constructor(options: SessionOptions, group: string, topics: readonly string[]) {
    const start = new Start(options);
    const all = topics.map((topic) => [topic, new FilterExpression('*')] as const);
    super({ ...clientOptions(options), consumerGroup: group, subscriptions: new Map(all) });
    // Its start would wait for settings that may be there already.
    this.topics.clear();
    this.#start = start;
    super.getRpcClientManager().close();
    this.endpoints = start.endpoints;
    this.rpcClientManager = new Channels(this, {
      tls: options.tls,
      namespace: options.namespace,
      logger: silent,
    });
  }

  get addresses(): string {
    return this.#start.addresses;
  }

  get channels(): Channels {
    return this.rpcClientManager;
  }

  /** Resolves when the proxy has accepted the consumer; to be called after the first route. */
  settled(): Promise<void> {
    return this.#start.settled(`consumer group ${this.consumerGroup}`);
  }

  async route(topic: string): Promise<TopicRouteData> {
    const known = this.topicRouteCache.get(topic);
    if (known !== undefined) return known;
    try {
      return await this.getRouteData(topic);
    } catch (error) {
      this.topics.delete(topic);
      throw callFault(error, `topic ${topic}`, this.addresses);
    }
  }

  /** A request for messages of all of the broker's queues of a topic: the proxy looks at the broker only. */
  receiveRequest(
    queue: MessageQueue,
    batch: number,
    invisibleMs: number,
    waitMs: number,
  ): ReceiveMessageRequest {
    const request = this.wrapReceiveMessageRequest(
      batch,
      queue,
      new FilterExpression('*'),
      invisibleMs,
      waitMs,
    );
    request.getGroup()?.setResourceNamespace(this.namespace);
    request.getMessageQueue()?.getTopic()?.setResourceNamespace(this.namespace);
    return request;
  }

  ackRequest(topic: string): InstanceType<typeof requests.AckMessageRequest> {
    return new requests.AckMessageRequest()
      .setGroup(this.#named(this.consumerGroup))
      .setTopic(this.#named(topic));
  }

  invisibleRequest(topic: string, ms: number): InstanceType<typeof requests.ChangeInvisibleDurationRequest> {
    return new requests.ChangeInvisibleDurationRequest()
      .setGroup(this.#named(this.consumerGroup))
      .setTopic(this.#named(topic))
      .setInvisibleDuration(createDuration(ms));
  }

  override onSettingsCommand(endpoints: Endpoints, settings: Settings): void {
    super.onSettingsCommand(endpoints, settings);
    this.#start.received();
  }

  override settingsCommand(): TelemetryCommand {
    const command = super.settingsCommand();
    const subscription = command.getSettings()?.getSubscription();
    subscription?.getGroup()?.setResourceNamespace(this.namespace);
    for (const entry of subscription?.getSubscriptionsList() ?? []) {
      entry.getTopic()?.setResourceNamespace(this.namespace);
    }
    return command;
  }

  override createTelemetryStream(endpoints: Endpoints): ReturnType<SimpleConsumer['createTelemetryStream']> {
    const stream = super.createTelemetryStream(endpoints);
    stream.once('error', (fault: unknown) => {
      this.#start.failed(fault);
    });
    return stream;
  }

  override async shutdown(): Promise<void> {
    await inTime(super.shutdown());
    this.rpcClientManager.close();
  }

  #named(name: string): ReturnType<typeof createResource> {
    return createResource(name).setResourceNamespace(this.namespace);
  }
}

/** A shutdown that hangs is left alone: closing the channels ends all that it waits for. */
async function inTime(shutdown: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, shutdownMs);
  });
  try {
    await Promise.race([shutdown, late]);
  } finally {
    clearTimeout(timer);
  }
}
