/**
 * What the rest of the program needs of a RocketMQ cluster. The wire client (`remoting/`) is the first
 * way to it; code outside this room knows only these interfaces.
 */

import type { ClientCounts } from './client-counts.js';
import type { OutMessage, Queue, StoredMessage } from './message.js';

export type { OutMessage, PassedOn, Queue, Raw, Series, StoredMessage } from './message.js';

/** Sends batches into queues of the caller's choice. */
export interface Producer {
  /** The queues that can be written to and read back, in a stable order. Throws `topic_not_found`. */
  queues(topic: string): Promise<readonly Queue[]>;
  /** Whether this producer can send to it: queues of another way to the cluster mean nothing here. */
  knows(queue: Queue): boolean;
  /** Bytes the message takes of a batch, and of `maxBatchBytes`. */
  sizeOf(message: OutMessage): number;
  /** A batch may hold at most these; a message that does not fit alone is refused with `too_large`. */
  readonly maxBatchBytes: number;
  readonly maxBatchMessages: number;
  /**
   * Stores the messages in this order, without a gap, starting at the returned offset (null where the
   * way to the cluster does not tell in which queue they went). Two calls at once
   * for one queue may be stored in either order: the caller keeps one in flight a queue.
   */
  send(
    queue: Queue,
    messages: readonly OutMessage[],
    signal?: AbortSignal,
  ): Promise<{ offset: number | null }>;
  /** What it takes to send nothing twice; absent where the way to the cluster cannot give it. */
  readonly trail?: Trail;
  /** Lets one client of the producer group at a time send; absent where the way to the cluster has no locks. */
  readonly lease?: Lease;
  close(): Promise<void>;
}

/**
 * A producer group's lease, asked for by those who mean to keep it. Brokers forget it 60 s after it was last
 * taken, and when they are restarted; they do not look at it when something is sent.
 */
export interface Lease {
  /**
   * Takes or renews it on every broker. `refused`: another client has it on one of them, and it is given back
   * on the others. `granted`: brokers that gave it; those that do not answer are left out. Throws when none answers.
   */
  take(): Promise<{ readonly refused: boolean; readonly granted: readonly string[] }>;
  /** Whether the broker may have forgotten it: the connection over which it was given is gone. */
  isStale(broker: string): boolean;
  /** Client ids of the others that are online in the group: one of them has it where it is refused. */
  others(): Promise<readonly string[]>;
  /** Gives it back in the name of clients that are known to be dead. */
  free(clientIds: readonly string[]): Promise<void>;
  release(): Promise<void>;
}

/** Lets a producer find out what became of sends whose answer it, or its dead predecessor, never got. */
export interface Trail {
  /** This client, as brokers know it. Kept by the caller for its successor. */
  readonly clientId: string;
  /**
   * Resolves when nothing that the `dead` clients of the producer group, or lost connections of our own,
   * have sent to the queue's broker can be stored any more, and all that is stored can be read. Throws
   * `timeout` when a dead client does not go away.
   */
  settle(queue: Queue, dead: readonly string[], signal: AbortSignal): Promise<void>;
}

/** What a `QueueReader` got. `messages` may be empty. */
export interface Fetched {
  readonly messages: readonly StoredMessage[];
  /** Where the next read starts: everything below was delivered, filtered out or does not exist. */
  readonly nextOffset: number;
  readonly maxOffset: number;
}

/** A reader's place that the queue does not hold: it lies below `min`, or above `max`. */
export interface Moved {
  readonly from: number;
  readonly min: number;
  readonly max: number;
}

/** Reads one queue from an offset on, in order, asking ahead. */
export interface QueueReader {
  readonly queue: Queue;
  /**
   * Resolves with at least one message, or with none after a long poll found none (some seconds), or
   * when the queue does not hold our place any more. Rejects when `signal` aborts.
   */
  read(signal?: AbortSignal): Promise<Fetched>;
  close(): void;
}

/** Messages that are delivered one by one, and acknowledged. */
export interface Deliveries {
  /** Delivered, and not acknowledged yet. */
  readonly unacknowledged: number;
  /** Whether there are such, or some may be on their way. */
  readonly pending: boolean;
  /** Those that came more than once, counted each time. */
  readonly redelivered: number;
}

export interface ReaderOptions {
  readonly maxBytes: number;
  /** Answers given out at once where so many are under way: larger pieces, of which each comes later. Default 1. */
  readonly gather?: number;
  readonly moved?: (moved: Moved) => Promise<number>;
}

/**
 * Whether this member has a queue for itself. `unsure`: its broker has not confirmed it lately, so nothing
 * may be written until it has. `lost`: another member has it, or may take it.
 */
export type Hold = 'held' | 'unsure' | 'lost';

/** How a group's queues are shared, as one member sees it. */
export interface Share {
  /** Client id of the member that sees it. */
  readonly member: string;
  /** The queues that fall to each member that is online, by client id; some may have none. */
  readonly allotted: ReadonlyMap<string, readonly Queue[]>;
  /** Those that fall to this member, but that another client has still locked. */
  readonly awaited: readonly Queue[];
  /** Why queues may stay unread: members that subscribe to something else. Null: all is well. */
  readonly trouble: string | null;
}

/**
 * One member of a consumer group. It has queues for itself from the first call of `queues` on; its offsets
 * and readers can be used without.
 */
export interface Consumer {
  readonly group: string;
  /** Whether offsets mean the same to everybody and after a restart. */
  readonly offsetsLast: boolean;
  /** This member's client id; null where members share by the message, not by the queue. */
  readonly member: string | null;
  /**
   * The queues this member has for itself. The first call takes its share, and waits some seconds for those
   * that others are giving up. Throws `topic_not_found`.
   */
  queues(): Promise<readonly Queue[]>;
  /**
   * Called and awaited after every change of the share, one change at a time, also where the queues are
   * the same. What is not listed any more is given to others as soon as the listener resolves: all that was
   * read of it must be written and committed then, or dropped.
   */
  onQueuesChanged(listener: (queues: readonly Queue[]) => Promise<void>): void;
  hold(queue: Queue): Hold;
  /** Null where members share by the message, and before the first call of `queues`. */
  share(): Share | null;
  /** Frees at once what a member has locked that the caller knows to be dead; without it that takes up to a minute. */
  release(deadMember: string): Promise<void>;
  /** The group's offset, or null where it never committed one. */
  committed(queue: Queue): Promise<number | null>;
  commit(queue: Queue, offset: number): Promise<void>;
  /**
   * Tells one run of the queue's broker from another: a broker that was killed may have forgotten the
   * commits of its last seconds. Null where nothing can be said.
   */
  brokerRun(queue: Queue): Promise<string | null>;
  /** The place `from` means in this queue: its first, its end, or the first message stored at or after a time (ms). */
  offsetFor(queue: Queue, from: 'earliest' | 'latest' | number): Promise<number>;
  /**
   * Where a reader that is to end has to end: all that was stored before the call lies below. Where the way
   * to the cluster cannot tell, it resolves when reading has shown it, so a reader has to read meanwhile, and
   * what comes later is left to the next member.
   */
  end(queue: Queue): Promise<number>;
  /**
   * `maxBytes` bounds what is asked ahead or waiting to be read. `moved` says where to go on where the queue
   * does not hold the reader's place (default: where the broker points to), or throws what `read` then throws.
   */
  reader(queue: Queue, offset: number, options: ReaderOptions): QueueReader;
  /** What was delivered to this member; null where the way to the cluster has no such thing. */
  deliveries(): Deliveries | null;
  /** Unregisters from the group. */
  close(): Promise<void>;
}

export interface QueueStats extends Queue {
  readonly min: number;
  readonly max: number;
  /** When its newest message was stored, milliseconds since 1970; null where it has none. */
  readonly lastStoredAt: number | null;
}

export interface GroupOffset extends QueueStats {
  /** null: the group never committed one. */
  readonly offset: number | null;
  /** When the last consumed message was stored; null where none was. */
  readonly lastConsumedStoredAt: number | null;
  /** Client id of the member the queue falls to; null while nobody is online, or where members share by the message. */
  readonly member: string | null;
  /** Pulled by a member and not committed yet; null while nobody that pulls is online. */
  readonly inFlight: number | null;
}

/** A consumer group as its brokers know it, whoever's it is. */
export interface GroupInfo {
  readonly group: string;
  /** Client ids of the members that are online. */
  readonly members: readonly string[];
  /**
   * How members get messages. By pop (RocketMQ's gRPC clients) an offset moves with the delivery, and brokers do
   * not tell what is delivered and not acknowledged. Null: nobody is online, and nothing tells.
   */
  readonly delivery: 'pull' | 'pop' | null;
  /** Those it has an offset in, and those its members subscribe to; without retry topics. They may be gone. */
  readonly topics: readonly string[];
  /** Those there are that hold what members could not handle. */
  readonly retryTopics: readonly string[];
}

/** How a topic is set on one broker. */
export interface BrokerTopic {
  readonly readQueues: number;
  readonly writeQueues: number;
  /** Bits: 4 read, 2 write. */
  readonly perm: number;
  /** Such as `message.type`. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface TopicSettings {
  readonly topic: string;
  readonly queues: number;
}

/** One broker of a cluster, by its master's address. */
export interface BrokerInfo {
  readonly cluster: string;
  readonly broker: string;
  readonly address: string;
}

/** How brokers treat a group, by RocketMQ's names, as far as it means the same on every cluster. */
export type GroupSettings = Readonly<Record<string, boolean | number>>;

/** Looking at and changing a cluster. */
export interface Admin {
  brokers(): Promise<readonly BrokerInfo[]>;
  /** All topics, system ones also. */
  topics(): Promise<readonly string[]>;
  /** Min and max of every queue; null when there is no such topic. */
  topic(topic: string): Promise<readonly QueueStats[] | null>;
  topicExists(topic: string): Promise<boolean>;
  /** On every master. An existing topic is left as it is. Resolves when it can be written to. */
  createTopic(settings: TopicSettings): Promise<void>;
  deleteTopic(topic: string): Promise<void>;
  /** By broker, of those masters that have it. */
  brokerTopics(topic: string): Promise<ReadonlyMap<string, BrokerTopic>>;
  /**
   * Sets the topic on these brokers, whatever it was there. Resolves when every name server that answers knows it
   * of all of them.
   */
  setBrokerTopics(topic: string, settings: ReadonlyMap<string, BrokerTopic>): Promise<void>;
  /** On every master. Idempotent. */
  createGroup(group: string): Promise<void>;
  /**
   * Every queue of these topics, with the group's offset; and those of the group's retry topic that hold
   * something. Topics that do not exist are left out.
   */
  groupOffsets(group: string, topics: readonly string[]): Promise<readonly GroupOffset[]>;
  /** All there are on any broker, system ones also. */
  groups(): Promise<readonly string[]>;
  /** As the first broker that has it has it; null where none has. */
  groupSettings(group: string): Promise<GroupSettings | null>;
  /** Makes the group on every master, with its retry topic, and gives it these settings where it has others. */
  followGroup(group: string, settings: GroupSettings): Promise<void>;
  /** Null where there is no such group. */
  group(group: string): Promise<GroupInfo | null>;
  /** Client ids of the group's members that are online. */
  groupMembers(group: string): Promise<readonly string[]>;
  /** When the message at this offset (or the first one after it) was stored; null where there is none. */
  storedAt(queue: Queue, offset: number): Promise<number | null>;
  /** Messages of one queue from an offset on, without touching any group. */
  peek(queue: Queue, offset: number, limit: number): Promise<readonly StoredMessage[]>;
  /** The first message stored at or after this time (ms since 1970), or the queue's end where there is none. */
  offsetAt(queue: Queue, time: number): Promise<number>;
  /**
   * Sets the offset of a group that nobody is in, and reads it back. A member that is online would write over
   * it. Throws `invalid` for a place that the queue does not have.
   */
  setOffset(group: string, queue: Queue, offset: number): Promise<void>;
  /** Sets the group's offset, and has whoever reads next for it, now or later, go there first. */
  resetOffset(group: string, queue: Queue, offset: number): Promise<void>;
  /** On every master, with all its offsets, and its retry topic where that is empty. Idempotent. */
  deleteGroup(group: string): Promise<void>;
}

export interface ConsumerOptions {
  /**
   * A member before ended with messages that were delivered to it and not acknowledged. They are hidden for
   * a while, and `end` has to wait for them; without meaning where messages are not delivered one by one.
   */
  readonly leftBehind?: boolean;
}

/** A connected cluster. Everything opened from it is closed with it. */
export interface Cluster {
  /** What the user gave, for messages: `127.0.0.1:9876`. */
  readonly address: string;
  readonly admin: Admin;
  /** What this client has done so far; absent where the way to the cluster does not tell. */
  readonly counts?: ClientCounts;
  /** Resolves when it answers and can be used. Throws `unreachable`, `denied`, … */
  check(): Promise<void>;
  /** `group` names the producer group in heartbeats. */
  producer(group: string): Producer;
  /** Throws `invalid` when members of the group that are online subscribe to something else. */
  consumer(group: string, topics: readonly string[], options?: ConsumerOptions): Promise<Consumer>;
  /**
   * Reads a queue in the name of a group, without being a member of it; bodies are as they lie in the log,
   * compressed ones also. Absent where the way to the cluster has no such thing.
   */
  readonly rawReader?: (group: string, queue: Queue, offset: number, options: ReaderOptions) => QueueReader;
  close(): Promise<void>;
}

export interface ClusterOptions {
  /** Name servers, `host:port`; any one of them that answers will do. */
  readonly nameservers: readonly string[];
  readonly accessKey?: string | undefined;
  readonly secretKey?: string | undefined;
  /** Broker addresses as announced → as they can be reached from here. */
  readonly addressMap?: Readonly<Record<string, string>> | undefined;
  readonly requestTimeoutMs?: number | undefined;
}
