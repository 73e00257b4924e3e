import type { StoredMessage } from '../../cluster.js';
import type { Ask } from '../request.js';
import { integerOf, refusal, responseCode } from '../answer.js';
import { decodeStoredMessages } from '../codec/stored-message.js';

export interface Pull {
  readonly group: string;
  readonly topic: string;
  readonly broker: string;
  readonly queue: number;
  readonly offset: number;
  readonly count: number;
  /** How long the broker may wait for a message at the queue's end; 0: not at all. */
  readonly waitMs: number;
  /** Bodies stay compressed. */
  readonly asStored?: boolean;
}

export interface Pulled {
  readonly messages: readonly StoredMessage[];
  /**
   * - `found`: messages
   * - `end`: the queue holds nothing at or after the offset
   * - `skipped`: nothing for us here, go on at `nextOffset`
   * - `moved`: the offset is below or above what the queue holds
   * - `reset`: somebody reset the group's offset to `nextOffset`
   */
  readonly outcome: 'found' | 'end' | 'skipped' | 'moved' | 'reset';
  readonly nextOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Bytes of the messages as they travelled. */
  readonly bytes: number;
}

const suspendFlag = 2;
const subscriptionFlag = 4;
/** The broker looks after waiting requests every 5 s only. */
const suspendSlackMs = 10_000;

/**
 * PULL_MESSAGE (11), broker. Fields: consumerGroup, topic, queueId, queueOffset, maxMsgNums, sysFlag (1 commit,
 * 2 wait, 4 subscription follows), commitOffset, suspendTimeoutMillis, subVersion, subscription,
 * expressionType. Fields of the answer: nextBeginOffset, minOffset, maxOffset, suggestWhichBrokerId; body:
 * see codec/stored-message.ts. The broker gives at most 32 messages or 256 KiB unless it is set otherwise.
 * (broker.processor.PullMessageProcessor)
 */
export async function pull(ask: Ask, wanted: Pull, signal?: AbortSignal): Promise<Pulled> {
  const { group, topic, broker, queue, offset, count, waitMs, asStored = false } = wanted;
  const request = {
    code: 11,
    name: 'PULL_MESSAGE',
    fields: {
      consumerGroup: group,
      topic,
      queueId: queue,
      queueOffset: offset,
      maxMsgNums: count,
      sysFlag: subscriptionFlag | (waitMs > 0 ? suspendFlag : 0),
      commitOffset: 0,
      suspendTimeoutMillis: waitMs,
      subVersion: 0,
      subscription: '*',
      expressionType: 'TAG',
    },
  };
  const answer = await ask(request, waitMs > 0 ? { signal, timeoutMs: waitMs + suspendSlackMs } : { signal });
  const outcome = outcomeOf(answer.code, answer.remark);
  if (outcome === undefined) throw refusal(answer);
  return {
    messages: outcome === 'found' ? await decodeStoredMessages(answer.body, broker, { asStored }) : [],
    outcome,
    nextOffset: integerOf(answer, 'nextBeginOffset'),
    minOffset: integerOf(answer, 'minOffset'),
    maxOffset: integerOf(answer, 'maxOffset'),
    bytes: answer.body.length,
  };
}

function outcomeOf(code: number, remark: string): Pulled['outcome'] | undefined {
  switch (code) {
    case responseCode.success:
      return 'found';
    case responseCode.pullNotFound:
      return 'end';
    case responseCode.pullRetryImmediately:
      return 'skipped';
    case responseCode.pullOffsetMoved:
      return remark === 'OFFSET_RESET' ? 'reset' : 'moved';
    default:
      return undefined;
  }
}
