import type { RocketmqError } from '../errors.js';
import { Code } from './client-package.js';
import { answerFault, callFault } from './fault.js';
import type { Held } from './held.js';
import type { ConsumerSession } from './session.js';

/** Entries of one AckMessage request: 1,000 took 381 ms when measured. */
const entriesPerRequest = 256;
const requestsInFlight = 4;

export interface ReceiptOptions {
  readonly session: ConsumerSession;
  readonly topic: string;
  readonly requestTimeoutMs: number;
}

/** Tells the proxy what becomes of delivered messages. */
export class Receipts {
  readonly #options: ReceiptOptions;
  readonly #what: string;

  constructor(options: ReceiptOptions) {
    this.#options = options;
    this.#what = `acknowledging messages of topic ${options.topic}`;
  }

  /**
   * Acknowledges many messages with few requests. Those that were not accepted are left as they are; the
   * first reason is thrown.
   */
  async acknowledge(held: readonly Held[]): Promise<void> {
    const waiting = requestsOf(held.filter(({ acknowledged }) => !acknowledged));
    const faults: unknown[] = [];
    const worker = async (): Promise<void> => {
      for (let some = waiting.shift(); some !== undefined; some = waiting.shift()) {
        try {
          await this.#acknowledge(some);
        } catch (error) {
          faults.push(error);
          return;
        }
      }
    };
    await Promise.all(Array.from({ length: requestsInFlight }, worker));
    if (faults.length > 0) throw faults[0];
  }

  /** Keeps a message from being delivered to anybody for so long from now. */
  async hide(held: Held, ms: number): Promise<void> {
    held.hiding = this.#hide(held, ms);
    try {
      await held.hiding;
    } finally {
      held.hiding = null;
    }
  }

  async #hide(held: Held, ms: number): Promise<void> {
    const { session, topic, requestTimeoutMs } = this.#options;
    try {
      const request = session
        .invisibleRequest(topic, ms)
        .setMessageId(held.id)
        .setReceiptHandle(held.receipt);
      const answer = await session.channels.changeInvisibleDuration(
        held.endpoints,
        request,
        requestTimeoutMs,
      );
      const status = answer.getStatus();
      const fault = answerFault(
        status?.getCode() ?? Code.OK,
        status?.getMessage() ?? '',
        `holding a message of topic ${topic}`,
        session.addresses,
      );
      if (fault !== null) throw fault;
      held.receipt = answer.getReceiptHandle() === '' ? held.receipt : answer.getReceiptHandle();
      held.hiddenUntil = performance.now() + ms;
    } catch (error) {
      throw callFault(error, `holding a message of topic ${topic}`, session.addresses);
    }
  }

  async #acknowledge(some: readonly Held[]): Promise<void> {
    const { session, topic, requestTimeoutMs } = this.#options;
    const [first] = some;
    if (first === undefined) return;
    for (const held of some) held.acknowledging = true;
    // Its receipt is about to change. Whether that works is its own caller's matter.
    await Promise.allSettled(some.flatMap(({ hiding }) => (hiding === null ? [] : [hiding])));
    const request = session.ackRequest(topic);
    const byReceipt = new Map(some.map((held) => [held.receipt, held]));
    for (const held of some) {
      request.addEntries().setMessageId(held.id).setReceiptHandle(held.receipt);
    }
    try {
      const answer = await session.channels.ackMessage(first.endpoints, request, requestTimeoutMs);
      const entries = answer.getEntriesList();
      // SimpleConsumer.ack of 1.0.8 looks at the whole answer's status only, which is MULTIPLE_RESULTS for mixed
      // ones, and the code of all where they have the same. Can go when it looks at the entries.
      let refused: RocketmqError | null = null;
      if (entries.length === 0) {
        const status = answer.getStatus();
        const code = status?.getCode() ?? Code.OK;
        refused = answerFault(code, status?.getMessage() ?? '', this.#what, session.addresses);
        if (refused === null) for (const held of some) held.acknowledged = true;
      }
      for (const entry of entries) {
        const held = byReceipt.get(entry.getReceiptHandle());
        const own = entry.getStatus();
        const fault = settled(own?.getCode() ?? Code.OK)
          ? null
          : answerFault(own?.getCode() ?? Code.OK, own?.getMessage() ?? '', this.#what, session.addresses);
        if (fault !== null) refused ??= fault;
        else if (held !== undefined) held.acknowledged = true;
      }
      if (refused !== null) throw refused;
    } catch (error) {
      throw callFault(error, this.#what, session.addresses);
    } finally {
      for (const held of some) held.acknowledging = false;
    }
  }
}

/** A receipt that is not valid any more cannot be acknowledged ever: the message comes again. */
function settled(code: number): boolean {
  return code === Code.OK || code === Code.INVALID_RECEIPT_HANDLE || code === Code.MESSAGE_NOT_FOUND;
}

/** A request goes to one address. */
function requestsOf(held: readonly Held[]): Held[][] {
  const byAddress = new Map<string, Held[]>();
  for (const one of held) {
    const others = byAddress.get(one.endpoints.facade);
    if (others === undefined) byAddress.set(one.endpoints.facade, [one]);
    else others.push(one);
  }
  return [...byAddress.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / entriesPerRequest) }, (_, index) =>
      all.slice(index * entriesPerRequest, (index + 1) * entriesPerRequest),
    ),
  );
}
