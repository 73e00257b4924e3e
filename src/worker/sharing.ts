import type { Consumer, Queue, Share } from '../rocketmq/cluster.js';
import type { ConnectorStore } from '../store/index.js';
import { queueName } from '../rocketmq/queue-name.js';
import { count, type RunnerContext } from './runner.js';

/**
 * Takes the place of the last run with this data directory, and of other `dead` members: what they had locked is
 * free at once. Leaves this member's id for the next one, before anything is locked.
 */
export async function succeed(
  consumer: Consumer,
  store: ConnectorStore,
  dead: readonly string[],
): Promise<void> {
  if (consumer.member === null) return;
  const last = (await store.membership.read())?.member;
  for (const member of last === undefined ? dead : [...dead, last]) {
    if (member !== consumer.member) await consumer.release(member);
  }
  await store.membership.write({ version: 1, member: consumer.member }, { durable: true });
}

/** Tells a person what changes in the sharing of a sink's queues, each change once. */
export class SharingNews {
  readonly #context: Pick<RunnerContext, 'emit' | 'once'>;
  #queues: string | null = null;
  #others: string | null = null;
  #trouble: string | null = null;

  constructor(context: Pick<RunnerContext, 'emit' | 'once'>) {
    this.#context = context;
  }

  tell(queues: readonly Queue[], share: Share | null): void {
    const { emit, once } = this.#context;
    const names = queues.map(queueName).join(' ');
    if (this.#queues !== null && this.#queues !== names) {
      emit({ type: 'tasks_changed', message: `now ${ownText(queues.length, share)}` });
    }
    this.#queues = names;
    const others = once ? othersText(share) : null;
    if (others !== null && others !== this.#others) emit({ type: 'warning', message: others });
    this.#others = others;
    const trouble = share?.trouble ?? null;
    if (trouble !== null && trouble !== this.#trouble) {
      emit({ type: 'warning', message: `${trouble}: some queues may be read by nobody` });
    }
    this.#trouble = trouble;
  }
}

/** `4 queues`, or `4 of 16 queues, shared with 3 other members`. */
function ownText(own: number, share: Share | null): string {
  const members = share?.allotted.size ?? 1;
  if (share === null || members === 1) return count(own, 'queue');
  const all = [...share.allotted.values()].reduce((sum, queues) => sum + queues.length, 0);
  return `${String(own)} of ${count(all, 'queue')}, shared with ${count(members - 1, 'other member')}`;
}

function othersText(share: Share | null): string | null {
  if (share === null) return null;
  const elsewhere = [...share.allotted]
    .filter(([member]) => member !== share.member)
    .reduce((sum, [, queues]) => sum + queues.length, 0);
  if (elsewhere === 0) return null;
  const others = count(share.allotted.size - 1, 'other member');
  return `${count(elsewhere, 'queue')} of the group fall to ${others}; what is in them is not waited for`;
}
