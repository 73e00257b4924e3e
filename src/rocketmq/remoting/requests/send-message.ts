import type { Ask } from '../request.js';
import { integerOf } from '../answer.js';
import { safeSysFlag, storedAnswer } from './send-batch.js';

export interface SendMessage {
  readonly group: string;
  readonly topic: string;
  readonly queue: number;
  readonly broker: string;
  readonly body: Buffer;
  /** As they travel. */
  readonly properties: string;
  readonly flag: number;
  readonly sysFlag: number;
  readonly bornAt: number;
  readonly reconsumeTimes: number;
}

const noLimit = 2_147_483_647;

/**
 * SEND_MESSAGE_V2 (310), broker; for retry topics, which take no batches. Fields: see requests/send-batch.ts; l
 * maxReconsumeTimes: with more of them a broker puts the message into the dead-letter topic instead.
 */
export async function sendMessage(ask: Ask, send: SendMessage, signal?: AbortSignal): Promise<number> {
  const answer = await ask(
    {
      code: 310,
      name: 'SEND_MESSAGE_V2',
      fields: {
        a: send.group,
        b: send.topic,
        c: send.topic,
        d: 1,
        e: send.queue,
        f: send.sysFlag & safeSysFlag,
        g: send.bornAt,
        h: send.flag,
        i: send.properties,
        j: send.reconsumeTimes,
        k: false,
        l: noLimit,
        m: false,
        n: send.broker,
      },
      body: send.body,
    },
    { signal },
  );
  return integerOf(storedAnswer(answer), 'queueOffset');
}
