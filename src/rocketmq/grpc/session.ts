import {
  FilterExpression,
  Producer,
  SimpleConsumer,
  createDuration,
  createResource,
  requests,
  type Endpoints,
  type MessageQueue,
  type ReceiveMessageRequest,
  type Settings,
  type TelemetryCommand,
  type TopicRouteData,
} from './client-package.js';
import type { Channels } from './channels.js';
import { callFault } from './fault.js';
import { SessionStart, type SessionOptions } from './session-start.js';

export type { SessionOptions } from './session-start.js';

const shutdownMs = 3_000;

/**
 * The official Producer, started without topics: with three or more of them the answer 1.0.8 waits for
 * may come before it waits, and its start hangs. Can go when that race is gone.
 */
export class ProducerSession extends Producer {
  declare protected readonly rpcClientManager: Channels;
  declare protected readonly endpoints: Endpoints;
  readonly addresses: string;

  constructor(options: SessionOptions) {
    const start = new SessionStart(options);
    super(start.clientOptions);
    this.addresses = start.addresses;
    this.endpoints = start.endpoints;
    this.rpcClientManager = start.channels(this, super.getRpcClientManager());
  }

  get channels(): Channels {
    return this.rpcClientManager;
  }

  /** Refreshed every 30 s by the client. Throws `topic_not_found` and what calls throw. */
  route(topic: string): Promise<TopicRouteData> {
    return routeOf(topic, {
      refreshed: this.topics,
      ask: () => this.getRouteData(topic),
      addresses: this.addresses,
    });
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
  readonly addresses: string;
  readonly #start: SessionStart;

  constructor(options: SessionOptions, group: string, topics: readonly string[]) {
    const start = new SessionStart(options);
    const all = topics.map((topic) => [topic, new FilterExpression('*')] as const);
    super({ ...start.clientOptions, consumerGroup: group, subscriptions: new Map(all) });
    // Its start would wait for settings that may be there already.
    this.topics.clear();
    this.#start = start;
    this.addresses = start.addresses;
    this.endpoints = start.endpoints;
    this.rpcClientManager = start.channels(this, super.getRpcClientManager());
  }

  get channels(): Channels {
    return this.rpcClientManager;
  }

  /** Resolves when the proxy has accepted the consumer; to be called after the first route. */
  settled(): Promise<void> {
    return this.#start.settled(`consumer group ${this.consumerGroup}`);
  }

  route(topic: string): Promise<TopicRouteData> {
    return routeOf(topic, {
      refreshed: this.topics,
      ask: () => this.getRouteData(topic),
      addresses: this.addresses,
    });
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

async function routeOf(
  topic: string,
  from: {
    readonly refreshed: Set<string>;
    readonly ask: () => Promise<TopicRouteData>;
    readonly addresses: string;
  },
): Promise<TopicRouteData> {
  try {
    return await from.ask();
  } catch (error) {
    // A topic that is not there would keep the client from refreshing the others.
    from.refreshed.delete(topic);
    throw callFault(error, `topic ${topic}`, from.addresses);
  }
}

/**
 * `shutdown()` of 1.0.8 may hang or fail where the proxy is away: it is left alone then, as closing the channels, which
 * must follow, ends all that it waits for. Can go when it ends by itself.
 */
async function inTime(shutdown: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, shutdownMs);
  });
  try {
    await Promise.race([shutdown.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
