/** A client that has been silent for so long is gone. */
const silentMs = 120_000;

/** How a client is reached: over its connection, or, where it speaks gRPC, over its telemetry stream. */
export interface Peer {
  /** Address and port. */
  readonly remoteAddress: string;
  /** Sends a request that is not answered; does nothing where the client knows no such. */
  tell(code: number, fields: Readonly<Record<string, string>>): void;
}

export interface Member {
  readonly clientId: string;
  readonly language: string;
  readonly version: number;
}
interface Seen extends Member {
  seen: number;
}

/** A subscription as the client sent it; it is shown to tools as it is. */
export interface Subscription {
  readonly topic: string;
  readonly subString: string;
  readonly expressionType: string;
  readonly subVersion: number;
  readonly [more: string]: unknown;
}

export interface ConsumerSettings {
  readonly consumeType: string;
  readonly messageModel: string;
  readonly consumeFromWhere: string;
}

export interface ConsumerGroup extends ConsumerSettings {
  readonly members: ReadonlyMap<Peer, Member>;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
}
interface LiveGroup {
  settings: ConsumerSettings;
  readonly members: Map<Peer, Seen>;
  readonly subscriptions: Map<string, Subscription>;
}

/**
 * Which clients are online in which groups, as they said in their heartbeats. A peer that is gone takes
 * its clients with it.
 */
export class Clients {
  readonly #producers = new Map<string, Map<Peer, Seen>>();
  readonly #consumers = new Map<string, LiveGroup>();
  readonly #membersChanged: (group: string, members: Iterable<Peer>) => void;

  /** `membersChanged` is called with the members a group has after a change. */
  constructor(membersChanged: (group: string, members: Iterable<Peer>) => void) {
    this.#membersChanged = membersChanged;
  }

  producers(group: string): ReadonlyMap<Peer, Member> | undefined {
    return this.#producers.get(group);
  }

  /** undefined while nobody of the group is online. */
  consumers(group: string): ConsumerGroup | undefined {
    const live = this.#consumers.get(group);
    return live === undefined
      ? undefined
      : { ...live.settings, members: live.members, subscriptions: live.subscriptions };
  }

  /** The group's subscription of a topic, without making a copy of the group. */
  subscription(group: string, topic: string): Subscription | undefined {
    return this.#consumers.get(group)?.subscriptions.get(topic);
  }

  /** Groups with a member online that subscribes the topic. */
  subscribersOf(topic: string): string[] {
    return [...this.#consumers].filter(([, live]) => live.subscriptions.has(topic)).map(([group]) => group);
  }

  registerProducer(group: string, peer: Peer, member: Member, now: number): void {
    const members = this.#producers.get(group) ?? new Map<Peer, Seen>();
    this.#producers.set(group, members.set(peer, { ...member, seen: now }));
  }

  /** `subscriptions` null: as said before. */
  registerConsumer(
    group: string,
    peer: Peer,
    member: Member,
    data: { settings: ConsumerSettings; subscriptions: readonly Subscription[] | null },
    now: number,
  ): void {
    const live = this.#consumers.get(group) ?? {
      settings: data.settings,
      members: new Map<Peer, Seen>(),
      subscriptions: new Map<string, Subscription>(),
    };
    this.#consumers.set(group, live);
    live.settings = data.settings;
    let changed = live.members.get(peer)?.clientId !== member.clientId;
    live.members.set(peer, { ...member, seen: now });
    if (data.subscriptions !== null) changed = replaceAll(live.subscriptions, data.subscriptions) || changed;
    if (changed) this.#membersChanged(group, live.members.keys());
  }

  unregisterProducer(group: string, peer: Peer): void {
    const members = this.#producers.get(group);
    members?.delete(peer);
    if (members?.size === 0) this.#producers.delete(group);
  }

  unregisterConsumer(group: string, peer: Peer): void {
    const live = this.#consumers.get(group);
    if (live?.members.delete(peer) !== true) return;
    if (live.members.size === 0) this.#consumers.delete(group);
    this.#membersChanged(group, live.members.keys());
  }

  peerGone(peer: Peer): void {
    for (const group of [...this.#producers.keys()]) this.unregisterProducer(group, peer);
    for (const group of [...this.#consumers.keys()]) this.unregisterConsumer(group, peer);
  }

  /** Removes clients that stopped sending heartbeats over a connection that is still there. */
  removeSilent(now: number): void {
    for (const [group, members] of [...this.#producers]) {
      for (const [peer, { seen }] of [...members]) {
        if (now - seen > silentMs) this.unregisterProducer(group, peer);
      }
    }
    for (const [group, { members }] of [...this.#consumers]) {
      for (const [peer, { seen }] of [...members]) {
        if (now - seen > silentMs) this.unregisterConsumer(group, peer);
      }
    }
  }
}

/** Returns whether a topic was added or removed; a newer version of a known one is taken silently. */
function replaceAll(known: Map<string, Subscription>, said: readonly Subscription[]): boolean {
  let changed = false;
  for (const subscription of said) {
    const before = known.get(subscription.topic);
    if (before === undefined) changed = true;
    if (before === undefined || before.subVersion <= subscription.subVersion) {
      known.set(subscription.topic, subscription);
    }
  }
  for (const topic of [...known.keys()]) {
    if (said.some((subscription) => subscription.topic === topic)) continue;
    known.delete(topic);
    changed = true;
  }
  return changed;
}
