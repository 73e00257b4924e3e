/** A queue of a topic on one broker (by the broker's name, not its address). */
export interface Queue {
  readonly topic: string;
  readonly broker: string;
  readonly queue: number;
}

/** What a message that came from another cluster has, and keeps where it is passed on to. */
export interface PassedOn {
  /** Properties as they travel, sent before the message's others; nothing is added to them. */
  readonly properties: Buffer;
  readonly flag: number;
  /** How the body is compressed. Messages of one batch have it, and `bornAt`, in common. */
  readonly sysFlag: number;
  /** Milliseconds since 1970; null: it is born anew. */
  readonly bornAt: number | null;
  readonly reconsumeTimes: number;
}

/** A user property that messages which belong together have: its value is `prefix`, and the place of each in base 36. */
export interface Series {
  readonly name: string;
  readonly prefix: string;
}

/** A message to be sent. */
export interface OutMessage {
  readonly body: Buffer;
  /** KEYS. */
  readonly key?: string | undefined;
  /** TAGS. */
  readonly tag?: string | undefined;
  /** What it stays in order with in a FIFO topic, over gRPC; absent: the queue it is sent to. */
  readonly orderingKey?: string | undefined;
  /** User properties. Names and values must not contain the characters U+0001 and U+0002. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** One property more, which costs less than those in `properties`, and its place in it. Not over gRPC. */
  readonly series?: Series | undefined;
  readonly place?: number | undefined;
  /** Of a message that is passed on, which has no key and tag of its own then. Not over gRPC. */
  readonly passedOn?: PassedOn | undefined;
}

/** How a message lies in a broker's log. */
export interface Raw {
  readonly properties: Buffer;
  readonly flag: number;
  /** Has bits for how the body is compressed, among others. */
  readonly sysFlag: number;
}

/** A message as a broker stored it; its body is decompressed. */
export interface StoredMessage extends Queue {
  readonly offset: number;
  readonly body: Buffer;
  /** Length of `body`; costs less than asking for that. */
  readonly bodyBytes: number;
  readonly key: string | undefined;
  readonly tag: string | undefined;
  /** UNIQ_KEY where there is one, else the broker's own message id. */
  readonly id: string;
  /** User properties only, without RocketMQ's own. */
  readonly properties: Readonly<Record<string, string>>;
  /** One user property; costs less than `properties` where the message has no such one. */
  property(name: string): string | undefined;
  /** Whether it has this value, in UTF-8. Costs less than asking for the text of a long one. */
  propertyIs(name: string, value: Buffer): boolean;
  /** All properties, as stored. */
  readonly allProperties: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, by the producer's clock. */
  readonly bornAt: number;
  /** Milliseconds since 1970, by the broker's clock. */
  readonly storedAt: number;
  readonly reconsumeTimes: number;
  /** Absent where the way to the cluster does not tell. */
  readonly raw?: Raw;
}
