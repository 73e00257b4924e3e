import type {
  Admin,
  BrokerInfo,
  BrokerTopic,
  GroupInfo,
  GroupOffset,
  GroupSettings,
  QueueStats,
  StoredMessage,
  TopicSettings,
} from '../cluster.js';
import { RocketmqError } from '../errors.js';
import { missingGroup, missingTopic } from './missing.js';
import type { ProducerSession } from './session.js';

/** What a proxy tells of its cluster, which is only whether a topic exists. All else throws `unsupported`. */
export class GrpcAdmin implements Admin {
  readonly #session: () => Promise<ProducerSession>;
  readonly #address: string;

  constructor(session: () => Promise<ProducerSession>, address: string) {
    this.#session = session;
    this.#address = address;
  }

  async topicExists(topic: string): Promise<boolean> {
    const session = await this.#session();
    try {
      await session.route(topic);
      return true;
    } catch (error) {
      if (error instanceof RocketmqError && error.code === 'topic_not_found') return false;
      throw error;
    }
  }

  createTopic({ topic }: TopicSettings): Promise<void> {
    return Promise.reject(missingTopic(topic, this.#address));
  }

  createGroup(group: string): Promise<void> {
    return Promise.reject(missingGroup(group, this.#address));
  }

  deleteTopic(): Promise<void> {
    return this.#unknown('topics cannot be deleted');
  }

  brokers(): Promise<readonly BrokerInfo[]> {
    return this.#unknown('the brokers are unknown');
  }

  topics(): Promise<readonly string[]> {
    return this.#unknown('the list of topics is unknown');
  }

  topic(): Promise<readonly QueueStats[] | null> {
    return this.#unknown('the queues of topics are unknown');
  }

  brokerTopics(): Promise<ReadonlyMap<string, BrokerTopic>> {
    return this.#unknown('the settings of topics are unknown');
  }

  setBrokerTopics(): Promise<void> {
    return this.#unknown('topics cannot be set');
  }

  groupOffsets(): Promise<readonly GroupOffset[]> {
    return this.#unknown('offsets are unknown');
  }

  groups(): Promise<readonly string[]> {
    return this.#unknown('groups are unknown');
  }

  groupSettings(): Promise<GroupSettings | null> {
    return this.#unknown('groups are unknown');
  }

  followGroup(): Promise<void> {
    return this.#unknown('groups cannot be made');
  }

  group(): Promise<GroupInfo | null> {
    return this.#unknown('groups are unknown');
  }

  groupMembers(): Promise<readonly string[]> {
    return this.#unknown('the members of groups are unknown');
  }

  storedAt(): Promise<number | null> {
    return this.#unknown('the times of messages are unknown');
  }

  peek(): Promise<readonly StoredMessage[]> {
    return this.#unknown('messages cannot be looked at');
  }

  offsetAt(): Promise<number> {
    return this.#unknown('the offsets of times are unknown');
  }

  setOffset(): Promise<void> {
    return this.#unknown('offsets cannot be set');
  }

  resetOffset(): Promise<void> {
    return this.#unknown('offsets cannot be set');
  }

  deleteGroup(): Promise<void> {
    return this.#unknown('groups cannot be deleted');
  }

  #unknown(what: string): Promise<never> {
    return Promise.reject(
      new RocketmqError(
        'unsupported',
        `${what}: a RocketMQ proxy (${this.#address}) does not serve them; with nameserver: beside endpoints: they come from there`,
        { address: this.#address },
      ),
    );
  }
}
