import { RocketmqError } from '../../errors.js';
import type { Answer, Ask } from '../request.js';
import { integerOf, refusal, responseCode } from '../answer.js';

/** The disk or a replica was slow to confirm, yet the messages are stored: sending again would double them. */
const stored: ReadonlySet<number> = new Set([
  responseCode.success,
  responseCode.flushDiskTimeout,
  responseCode.slaveNotAvailable,
  responseCode.flushSlaveTimeout,
]);

/** Compressed (1), and how (0x700). */
export const safeSysFlag = 0x701;

export interface SendBatch {
  readonly group: string;
  readonly topic: string;
  readonly queue: number;
  readonly broker: string;
  /** From `encodeBatch`. */
  readonly batch: Buffer;
  /** How all bodies are compressed; 0: they are not. */
  readonly sysFlag: number;
  readonly bornAt: number;
}

/**
 * SEND_BATCH_MESSAGE (320), broker. Fields by one letter: a producer group, b topic, c default topic, d its
 * queues, e queue, f sysFlag, g born, h flag, i properties, j reconsume times, k unit mode, m batch, n broker
 * (remoting.protocol.header.SendMessageRequestHeaderV2). Body: see codec/batch.ts. Fields of the answer:
 * queueId, queueOffset (of the first message; the others follow without a gap), msgId.
 *
 * The default topic is the topic itself: a broker that makes topics by itself would make one that was deleted
 * anew, with settings of its own. Of sysFlag only what says how bodies are compressed is sent: one that claims an
 * IPv6 host spoils the queue's index for good, and one with transaction bits is stored where nobody reads it.
 */
export async function sendBatch(ask: Ask, send: SendBatch, signal?: AbortSignal): Promise<number> {
  const answer = await ask(
    {
      code: 320,
      name: 'SEND_BATCH_MESSAGE',
      fields: {
        a: send.group,
        b: send.topic,
        c: send.topic,
        d: 4,
        e: send.queue,
        f: send.sysFlag & safeSysFlag,
        g: send.bornAt,
        h: 0,
        i: '',
        j: 0,
        k: false,
        m: true,
        n: send.broker,
      },
      body: send.batch,
    },
    { signal },
  );
  return integerOf(storedAnswer(answer), 'queueOffset');
}

/**
 * The answer, where it says that the messages are stored. Throws what it means otherwise. Code 29 is about the topic,
 * which has no such queue any more, and not about the messages: `invalid` would blame them, one after the other. Nor does it
 * help to send them there again: another queue is to be chosen.
 * (broker.processor.AbstractSendMessageProcessor `msgCheck`)
 */
export function storedAnswer(answer: Answer): Answer {
  if (stored.has(answer.code)) return answer;
  const fault = refusal(answer);
  const { address, code } = answer;
  if (code !== responseCode.invalidParameter) throw fault;
  throw new RocketmqError('broker_error', fault.message, { address, responseCode: code });
}
