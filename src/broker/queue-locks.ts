/** Locks last this long unless they are taken again (RebalanceLockManager of RocketMQ). */
const lockMs = 60_000;

/** Which client of a group has which queue for itself. Kept in memory only. */
export class QueueLocks {
  readonly #groups = new Map<string, Map<string, { clientId: string; since: number }>>();

  /** Takes or renews; true when the client has it now. */
  take(group: string, queue: string, clientId: string, now: number): boolean {
    let queues = this.#groups.get(group);
    if (queues === undefined) {
      queues = new Map<string, { clientId: string; since: number }>();
      this.#groups.set(group, queues);
    }
    const lock = queues.get(queue);
    if (lock !== undefined && lock.clientId !== clientId && now - lock.since <= lockMs) return false;
    queues.set(queue, { clientId, since: now });
    return true;
  }

  release(group: string, queue: string, clientId: string): void {
    const queues = this.#groups.get(group);
    if (queues?.get(queue)?.clientId === clientId) queues.delete(queue);
    if (queues?.size === 0) this.#groups.delete(group);
  }
}
