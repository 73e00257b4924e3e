import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectorStore, GroupSyncStatus } from '../../store/index.js';
import { RocketmqError } from '../../rocketmq/errors.js';
import { errorText } from '../../sdk/index.js';
import type { SyncSubject } from './plan-group.js';
import { keepGroupSync } from './keep-group-sync.js';
import { failedSync, syncGroup } from './sync-group.js';
import { copiedQueues } from './copied-queues.js';

/** Groups of RocketMQ's own, and of its tools. */
const systemGroup =
  /^(CID_RMQ_SYS_|CID_ONSAPI_|CID_ONS-HTTP|TOOLS_CONSUMER$|FILTERSRV_CONSUMER$|SELF_TEST_C_GROUP$|rmq_sys_|__MONITOR_CONSUMER$)/;

export interface GroupSyncLoopOptions {
  readonly store: ConnectorStore;
  readonly subject: Omit<SyncSubject, 'queues'>;
  readonly isMeant: (group: string) => boolean;
  readonly everyMs: number;
  readonly makesGroups: boolean;
  readonly warn: (message: string) => void;
}

/** Puts groups in the target where they stand in the source, again and again, and keeps what became of each. */
export class GroupSyncLoop {
  readonly #options: GroupSyncLoopOptions;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  readonly #warned = new Map<string, string>();

  private constructor(options: GroupSyncLoopOptions) {
    this.#options = options;
    this.#ended = this.#run();
  }

  static start(options: GroupSyncLoopOptions): GroupSyncLoop {
    return new GroupSyncLoop(options);
  }

  /** Syncs once more, so that what was copied last counts, and ends. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { everyMs } = this.#options;
    for (;;) {
      const last = signal.aborted;
      try {
        await this.#round();
        this.#warned.delete('');
      } catch (error) {
        this.#tell('', errorText(error));
      }
      if (last) return;
      // Rejects only when it is time for the last round.
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    const { store, subject, isMeant, makesGroups } = this.#options;
    const queues = copiedQueues(await store.positions.read());
    await subject.maps.flush();
    const before = new Map(((await store.groupSync.read())?.groups ?? []).map((one) => [one.group, one]));
    const { name, admin } = subject.from;
    // Of a cluster without a broker nobody hears which groups it has.
    if ((await admin.brokers()).length === 0)
      throw new RocketmqError(
        'unreachable',
        `no broker of ${name} is registered: offsets of groups are not synced`,
      );
    const groups = (await admin.groups()).filter((group) => isMeant(group) && !systemGroup.test(group));
    const after: GroupSyncStatus[] = [];
    for (const group of groups) {
      const known = before.get(group) ?? null;
      const options = { before: known, dryRun: false, makesGroups };
      const status = await syncGroup(group, { ...subject, queues }, options).catch((error: unknown) => {
        const failed = failedSync(group, error, known);
        this.#tell(group, `offsets of group ${group} are not synced: ${failed.reason ?? ''}`);
        return failed;
      });
      if (status.reason === null) this.#warned.delete(group);
      after.push(status);
    }
    // They may be on a broker that is away: that the route has made one, and when it was synced, is still so.
    for (const [group, known] of before) {
      if (groups.includes(group) || !isMeant(group)) continue;
      after.push(failedSync(group, `there is no group ${group} in ${name} at the moment`, known));
    }
    await subject.maps.flush();
    await keepGroupSync(store, after, (group) => isMeant(group));
  }

  /** Once, until it is another reason. */
  #tell(about: string, message: string): void {
    if (this.#warned.get(about) === message) return;
    this.#warned.set(about, message);
    this.#options.warn(message);
  }
}
