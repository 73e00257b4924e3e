import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type { Settings } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type { Broker } from '../broker.js';
import type { ConsumerSettings, Peer, Subscription } from '../clients.js';
import { protocolVersion } from '../server/connection.js';
import type { Caller } from './caller.js';

/** What a client said of its group. */
interface Membership {
  readonly group: string;
  readonly peer: Peer;
  readonly language: string;
  readonly settings: ConsumerSettings;
  readonly subscriptions: readonly Subscription[];
}

/**
 * Makes consumers that speak gRPC members of their groups, as tools see them. As a proxy of RocketMQ puts it
 * (ClientActivity): simple consumers consume actively, push consumers passively.
 */
export class Members {
  readonly #broker: Broker;
  readonly #byClient = new Map<string, Membership>();

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Settings of anything but a consumer are no membership. */
  joined({ clientId, language, address }: Caller, said: Settings): void {
    const subscription = said.getSubscription();
    const group = subscription?.getGroup()?.getName() ?? '';
    if (subscription === undefined || group === '') return;
    const passive = said.getClientType() === definition.ClientType.PUSH_CONSUMER;
    this.#byClient.set(clientId, {
      group,
      language,
      // It looks for changes by itself.
      peer: this.#byClient.get(clientId)?.peer ?? { remoteAddress: address, tell: () => undefined },
      settings: {
        consumeType: passive ? 'CONSUME_PASSIVELY' : 'CONSUME_ACTIVELY',
        messageModel: 'CLUSTERING',
        consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
      },
      subscriptions: subscription.getSubscriptionsList().map((entry) => ({
        topic: entry.getTopic()?.getName() ?? '',
        subString: entry.getExpression()?.getExpression() ?? '*',
        expressionType: 'TAG',
        subVersion: Date.now(),
      })),
    });
    this.seen(clientId);
  }

  /** It says that it lives. */
  seen(clientId: string): void {
    const member = this.#byClient.get(clientId);
    if (member === undefined) return;
    const { group, peer, language, settings, subscriptions } = member;
    const { clients } = this.#broker;
    clients.registerConsumer(
      group,
      peer,
      { clientId, language, version: protocolVersion },
      { settings, subscriptions },
      Date.now(),
    );
  }

  left(clientId: string): void {
    const member = this.#byClient.get(clientId);
    if (member === undefined) return;
    this.#byClient.delete(clientId);
    this.#broker.clients.peerGone(member.peer);
  }
}
