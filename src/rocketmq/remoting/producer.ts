import type { Admin, Lease, OutMessage, Producer, Queue, Trail } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import {
  encodeBatch,
  encodeProperties,
  maxBatchBytes,
  maxBatchMessages,
  roomForBatch,
  sizeInBatch,
} from './codec/batch.js';
import { uniqueKeys } from './codec/unique-key.js';
import { laneBroker } from '../lane-broker.js';
import type { Connections } from './connections.js';
import { settle } from './fence.js';
import { GroupLease } from './group-lease.js';
import type { Members } from './members.js';
import { isRetryTopic } from './names.js';
import type { Ask } from './request.js';
import { sendBatch, type SendBatch } from './requests/send-batch.js';
import { sendMessage } from './requests/send-message.js';
import { writableQueues, type Routes } from './routes.js';
import type { SpareBuffers } from './spare-buffers.js';

export interface WireProducerOptions {
  readonly group: string;
  readonly routes: Routes;
  readonly members: Members;
  readonly admin: Admin;
  readonly connections: Connections;
  readonly spare: SpareBuffers;
  readonly onClose: () => void;
}

/** Sends batches, even of one: single sends refuse empty bodies. Only retry topics get single ones. */
export class WireProducer implements Producer {
  readonly maxBatchBytes = maxBatchBytes;
  readonly maxBatchMessages = maxBatchMessages;
  readonly trail: Trail;
  readonly lease: Lease;
  readonly #group: string;
  readonly #routes: Routes;
  readonly #members: Members;
  readonly #spare: SpareBuffers;
  readonly #onClose: () => void;
  readonly #nextUniqueKey = uniqueKeys();
  #joined: Promise<void> | undefined;
  #closed = false;

  constructor({ group, routes, members, admin, connections, spare, onClose }: WireProducerOptions) {
    this.#group = group;
    this.#onClose = onClose;
    this.#routes = routes;
    this.#members = members;
    this.#spare = spare;
    this.trail = {
      clientId: members.clientId,
      settle: async (queue, dead, signal) => {
        await this.#join();
        await settle({ group, routes, members }, queue, dead, signal);
      },
    };
    const join = (): Promise<void> => this.#join();
    const introduce = (ask: Ask): Promise<void> => members.introduceProducer(ask, group);
    const { clientId } = members;
    this.lease = new GroupLease({ group, clientId, admin, routes, connections, join, introduce });
  }

  async queues(topic: string): Promise<readonly Queue[]> {
    this.#checkOpen();
    return writableQueues(await this.#routes.get(topic));
  }

  knows({ broker }: Queue): boolean {
    return broker !== laneBroker;
  }

  sizeOf(message: OutMessage): number {
    return sizeInBatch(message);
  }

  async send(
    queue: Queue,
    messages: readonly OutMessage[],
    signal?: AbortSignal,
  ): Promise<{ offset: number }> {
    this.#checkOpen();
    signal?.throwIfAborted();
    const { topic, broker } = queue;
    const passed = messages[0]?.passedOn;
    const sysFlag = passed?.sysFlag ?? 0;
    const bornAt = passed?.bornAt ?? Date.now();
    const at = { group: this.#group, topic, broker, queue: queue.queue, sysFlag, bornAt };
    const send = isRetryTopic(topic) ? this.#single(at, messages, signal) : this.#batch(at, messages, signal);
    await this.#join();
    return { offset: await this.#routes.at(queue, send) };
  }

  #batch(
    at: Omit<SendBatch, 'batch'>,
    messages: readonly OutMessage[],
    signal: AbortSignal | undefined,
  ): (ask: Ask) => Promise<number> {
    const spare = this.#spare;
    const room = spare.take(roomForBatch(messages));
    const batch = encodeBatch(messages, this.#nextUniqueKey, room);
    return async (ask) => {
      const offset = await sendBatch(ask, { ...at, batch }, signal);
      spare.giveBack(room);
      return offset;
    };
  }

  /** Retry topics take no batches. */
  #single(
    at: Omit<SendBatch, 'batch'>,
    messages: readonly OutMessage[],
    signal: AbortSignal | undefined,
  ): (ask: Ask) => Promise<number> {
    const [message] = messages;
    if (message === undefined || messages.length > 1) {
      throw new RocketmqError('invalid', `${at.topic} takes one message at a time`);
    }
    const { flag = 0, reconsumeTimes = 0 } = message.passedOn ?? {};
    const properties = encodeProperties(message, this.#nextUniqueKey);
    return (ask) => sendMessage(ask, { ...at, body: message.body, properties, flag, reconsumeTimes }, signal);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      if (this.#joined !== undefined) await this.#members.leaveAsProducer(this.#group);
    } finally {
      this.#onClose();
    }
  }

  #join(): Promise<void> {
    this.#joined ??= this.#members.joinAsProducer(this.#group).catch((error: unknown) => {
      this.#joined = undefined;
      throw error;
    });
    return this.#joined;
  }

  #checkOpen(): void {
    if (this.#closed) throw new RocketmqError('closed', `the producer of group ${this.#group} is closed`);
  }
}
