import { setTimeout as sleep } from 'node:timers/promises';
import type { Hold, Queue, Share } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import { allocateAveragely, compareQueues } from './allocate.js';
import { ofThoseThatAnswer } from './answers.js';
import type { Members } from './members.js';
import { retryTopicOf } from './names.js';
import { QueueLeases, vanishedMs } from './queue-leases.js';
import type { Ask } from './request.js';
import { queryGroupMemberIds } from './requests/group-member-ids.js';
import { queryOnlineGroup } from './requests/online-group.js';
import type { Route } from './requests/route.js';
import { readableQueues, type Routes } from './routes.js';
import { subscriptionTrouble } from './subscriptions.js';

/** As Java's clients do. */
const roundMs = 20_000;
const renewMs = 5_000;
/** While another client still has what falls to us: how often to ask, at first and after some seconds. */
const soonMs = 200;
const laterMs = 1_000;
/** How long the first call waits for what others are giving up. */
const firstMs = 5_000;

export interface GroupShareOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly routes: Routes;
  readonly members: Members;
  /** The queues this member has, after a change; what is not listed is given away when it resolves. */
  readonly onChange: (queues: readonly Queue[]) => Promise<void>;
  /** Whether somebody else has committed more of the queue than this client. */
  readonly movedOn: (queue: Queue) => Promise<boolean>;
}

/**
 * One member's part in sharing a group's queues: rounds that ask who is online (38), deal the queues, take
 * what falls to this member (41) and give away what does not (42) once nothing of it is in hand any more. A
 * round follows every word of a broker that members changed, and 20 s without one. Locks are renewed every
 * 5 s, and at once when a broker was lost and is back.
 */
export class GroupShare {
  readonly #options: GroupShareOptions;
  readonly #leases: QueueLeases;
  readonly #retryTopic: string;
  readonly #unlisten: () => void;
  readonly #renewal: NodeJS.Timeout;
  readonly #stop = new AbortController();
  /** Since when members that were seen before are not known any more. */
  readonly #missing = new Map<string, number>();
  /**
   * Until when nothing new is taken, by broker address: one that had lost the connection may have lost all
   * its locks with it, and others are about to take theirs again.
   */
  readonly #heldOff = new Map<string, number>();
  #seen: readonly string[] = [];
  #told: readonly Queue[] = [];
  #allotted: ReadonlyMap<string, readonly Queue[]> = new Map();
  #awaited: readonly Queue[] = [];
  #awaitedSince = 0;
  #trouble: string | null = null;
  #suspicion: string | null = null;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #hasBegun = false;
  #again = false;
  #hasFailed = false;
  #hasLost = false;

  constructor(options: GroupShareOptions) {
    this.#options = options;
    const { group, members, routes, movedOn } = options;
    this.#leases = new QueueLeases(group, members.clientId, routes, movedOn);
    this.#retryTopic = retryTopicOf(group);
    this.#unlisten = members.listen(group, {
      membersChanged: () => {
        this.#soon();
      },
      reconnected: (address) => {
        this.#heldOff.set(address, performance.now() + vanishedMs);
        void this.#renew().then(() => {
          this.#soon();
        });
      },
    });
    this.#renewal = setInterval(() => void this.#renew(), renewMs).unref();
  }

  /** Takes this member's share for the first time. Throws what keeps it from knowing it. */
  async begin(): Promise<void> {
    this.#hasBegun = true;
    // After one that failed a round may be under way: two at a time would tell of changes at a time.
    await (this.#running ?? this.#run());
    const deadline = performance.now() + firstMs;
    while (this.#awaited.length > 0 && performance.now() < deadline && !this.#stop.signal.aborted) {
      await sleep(soonMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** What `onChange` was told last, in the order of the subscribed topics. */
  get queues(): readonly Queue[] {
    return this.#told;
  }

  get share(): Share {
    return {
      member: this.#options.members.clientId,
      allotted: this.#allotted,
      awaited: this.#awaited,
      trouble: this.#trouble,
    };
  }

  hold(queue: Queue): Hold {
    return this.#leases.hold(queue);
  }

  async release(deadMember: string): Promise<void> {
    const queues = await this.#allQueues();
    await this.#leases.free([...queues.values()].flat(), deadMember);
  }

  /** Gives everything away: nothing is in hand any more. */
  async close(): Promise<void> {
    this.#stop.abort(new RocketmqError('closed', `the consumer of group ${this.#options.group} is closed`));
    this.#unlisten();
    clearInterval(this.#renewal);
    clearTimeout(this.#timer);
    await this.#running?.catch(() => undefined);
    await this.#leases.give(this.#leases.queues);
  }

  async #renew(): Promise<void> {
    if (!(await this.#leases.renew())) return;
    this.#hasLost = true;
    this.#soon();
  }

  #soon(): void {
    if (this.#running !== undefined) this.#again = true;
    else if (this.#hasBegun && !this.#stop.signal.aborted) this.#runQuietly();
  }

  /** What fails here fails for readers too, and they say so; the next round tries again. */
  #runQuietly(): void {
    this.#run().catch(() => undefined);
  }

  #run(): Promise<void> {
    clearTimeout(this.#timer);
    this.#again = false;
    this.#hasFailed = true;
    this.#running = this.#round()
      .then(() => {
        this.#hasFailed = false;
      })
      .finally(() => {
        this.#running = undefined;
        this.#schedule();
      });
    return this.#running;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#runQuietly();
    }, this.#pauseMs()).unref();
  }

  #pauseMs(): number {
    if (this.#hasFailed) return laterMs;
    if (this.#again) return 0;
    if (this.#awaited.length === 0) return roundMs;
    return performance.now() - this.#awaitedSince < firstMs ? soonMs : laterMs;
  }

  async #round(): Promise<void> {
    const { members } = this.#options;
    if (this.#hasLost) {
      // Whoever reads it has to hear of it, even if it comes back at once.
      this.#hasLost = false;
      await this.#tell(this.#leases.queues);
    }
    const queues = await this.#allQueues();
    let online = await this.#online();
    if (!online.includes(members.clientId)) {
      // A broker that has just lost our connection: not to be in the list says nothing then.
      await members.tell();
      online = await this.#online();
      if (!online.includes(members.clientId)) {
        throw new RocketmqError('busy', `no broker lists this client in group ${this.#options.group} yet`);
      }
    }
    this.#note(online);
    this.#allotted = allot(queues, online);
    const ours = this.#allotted.get(members.clientId) ?? [];
    await this.#take(ours.filter((queue) => !this.#leases.has(queue)));
    this.#await(ours.filter((queue) => !this.#leases.has(queue)));
    // Seen twice: a broker takes in the topics of a heartbeat one by one.
    const trouble = await this.#findTrouble();
    this.#trouble = trouble === this.#suspicion ? trouble : null;
    this.#suspicion = trouble;
    const given = this.#leases.queues.filter((queue) => !ours.some((other) => same(queue, other)));
    await this.#tell(this.#leases.queues.filter((queue) => !given.includes(queue)));
    if (given.length > 0) await this.#leases.give(given);
  }

  async #tell(queues: readonly Queue[]): Promise<void> {
    const { topics, onChange } = this.#options;
    const sorted = [...queues].sort(compareQueues);
    this.#told = [...topics, this.#retryTopic].flatMap((topic) =>
      sorted.filter((queue) => queue.topic === topic),
    );
    await onChange(this.#told);
  }

  async #take(wanted: readonly Queue[]): Promise<void> {
    if (wanted.length === 0) return;
    const now = performance.now();
    const vanished = [...this.#missing].filter(([, since]) => now - since >= vanishedMs);
    for (const [member] of vanished) await this.#leases.free(wanted, member);
    const isAlone = this.#allotted.size === 1 && this.#missing.size === 0;
    const free = isAlone ? wanted : await this.#withoutHeldOff(wanted);
    if (!this.#stop.signal.aborted) await this.#leases.take(free);
  }

  async #withoutHeldOff(queues: readonly Queue[]): Promise<readonly Queue[]> {
    const { routes } = this.#options;
    const now = performance.now();
    for (const [address, until] of this.#heldOff) if (until <= now) this.#heldOff.delete(address);
    if (this.#heldOff.size === 0) return queues;
    const addresses = await Promise.all(queues.map((queue) => routes.addressOf(queue)));
    return queues.filter((_, index) => !this.#heldOff.has(addresses[index] ?? ''));
  }

  #await(queues: readonly Queue[]): void {
    if (this.#awaited.length === 0 && queues.length > 0) this.#awaitedSince = performance.now();
    this.#awaited = queues;
  }

  /** Remembers who was seen, and since when who is not seen any more. */
  #note(online: readonly string[]): void {
    const now = performance.now();
    for (const member of this.#seen) {
      if (!online.includes(member) && !this.#missing.has(member)) this.#missing.set(member, now);
    }
    for (const member of online) this.#missing.delete(member);
    for (const [member, since] of this.#missing) if (now - since > forgetMs) this.#missing.delete(member);
    this.#seen = online;
  }

  /** Client ids that any broker of the topics knows: one broker may have lost a member that others have not. */
  async #online(): Promise<readonly string[]> {
    const { group } = this.#options;
    const lists = await this.#askAll((ask) => queryGroupMemberIds(ask, group));
    return [...new Set(lists.flat())];
  }

  async #findTrouble(): Promise<string | null> {
    const { group, topics } = this.#options;
    if (this.#allotted.size < 2) return null;
    const seen = await this.#askAll((ask) => queryOnlineGroup(ask, group));
    for (const online of seen) {
      const trouble = online === null ? null : subscriptionTrouble(group, topics, online);
      if (trouble !== null) return trouble;
    }
    return null;
  }

  /** What the topics' brokers answer; throws only where none does. */
  async #askAll<T>(use: (ask: Ask) => Promise<T>): Promise<T[]> {
    const { routes, topics } = this.#options;
    const found = await Promise.all(topics.map((topic) => routes.get(topic)));
    const masters = new Set(found.flatMap(({ brokers }) => brokers.flatMap(({ master }) => master ?? [])));
    return ofThoseThatAnswer([...masters].map((address) => use(routes.master(address))));
  }

  /** By topic. A group has its retry topic as well, where members have one: what they send back comes from there. */
  async #allQueues(): Promise<ReadonlyMap<string, readonly Queue[]>> {
    const { routes, topics } = this.#options;
    const found = await Promise.all(topics.map((topic) => routes.get(topic, { fresh: true })));
    const retry = await routes.find(this.#retryTopic, { fresh: true });
    const all: readonly Route[] = retry === null ? found : [...found, retry];
    return new Map(all.map((route) => [route.topic, readableQueues(route)]));
  }
}

/** Locks are gone by themselves then. */
const forgetMs = 120_000;

/** Each topic is dealt by itself. */
function allot(
  queues: ReadonlyMap<string, readonly Queue[]>,
  members: readonly string[],
): ReadonlyMap<string, readonly Queue[]> {
  const all = new Map<string, Queue[]>([...members].sort().map((member) => [member, []]));
  for (const ofTopic of queues.values()) {
    for (const [member, share] of allocateAveragely(ofTopic, members)) all.get(member)?.push(...share);
  }
  return all;
}

function same(a: Queue, b: Queue): boolean {
  return compareQueues(a, b) === 0;
}
