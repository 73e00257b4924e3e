import type { Admin, Lease, OutMessage, Producer, Queue, Trail } from '../cluster.js';
import { RocketmqError } from '../errors.js';
import { encodeBatch, maxBatchBytes, maxBatchMessages, sizeInBatch } from './codec/batch.js';
import { uniqueKeys } from './codec/unique-key.js';
import { laneBroker } from '../lane-broker.js';
import type { Connections } from './connections.js';
import { settle } from './fence.js';
import { GroupLease } from './group-lease.js';
import type { Members } from './members.js';
import type { Ask } from './request.js';
import { sendBatch } from './requests/send-batch.js';
import { writableQueues, type Routes } from './routes.js';

/** Always sends batches, even of one: single sends refuse empty bodies. */
export class WireProducer implements Producer {
  readonly maxBatchBytes = maxBatchBytes;
  readonly maxBatchMessages = maxBatchMessages;
  readonly trail: Trail;
  readonly lease: Lease;
  readonly #group: string;
  readonly #routes: Routes;
  readonly #members: Members;
  readonly #nextUniqueKey = uniqueKeys();
  #joined: Promise<void> | undefined;
  #closed = false;

  constructor(group: string, routes: Routes, members: Members, admin: Admin, connections: Connections) {
    this.#group = group;
    this.#routes = routes;
    this.#members = members;
    this.trail = {
      clientId: members.clientId,
      settle: async (queue, dead, signal) => {
        await this.#join();
        await settle({ group, routes, members }, queue, dead, signal);
      },
    };
    const join = (): Promise<void> => this.#join();
    const introduce = (ask: Ask): Promise<void> => members.introduce(ask);
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
    const batch = encodeBatch(messages, this.#nextUniqueKey);
    await this.#join();
    const { topic, broker } = queue;
    const wanted = { group: this.#group, topic, broker, queue: queue.queue, batch };
    return { offset: await this.#routes.at(queue, (ask) => sendBatch(ask, wanted, signal)) };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#joined !== undefined) await this.#members.leaveAsProducer(this.#group);
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
