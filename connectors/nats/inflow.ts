import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { Arrivals, ConnectorError } from '../../src/sdk/index.js';
import { natsError } from './errors.js';
import type { Link } from './link.js';
import { batchRecords, mostWaiting } from './reading.js';

/** A consumer's messages, pulled ahead as long as few wait to be read. */
export class Inflow {
  readonly arrivals = new Arrivals<JsMsg>();
  readonly #messages: ConsumerMessages;

  private constructor(messages: ConsumerMessages) {
    this.#messages = messages;
  }

  static async of(link: Link, consumer: Consumer): Promise<Inflow> {
    const messages = await consumer.consume({ max_messages: batchRecords });
    const inflow = new Inflow(messages);
    const failed = (error: unknown): void => {
      inflow.arrivals.fail(natsError(error, link.where, 'consume'));
    };
    inflow.#run().then(() => {
      failed(new ConnectorError('unavailable', `NATS at ${link.where}: the consumer has ended`));
    }, failed);
    inflow.#watch(failed).catch(failed);
    void (await link.connection()).closed().then((error) => {
      failed(error ?? new Error('the connection is closed'));
    });
    return inflow;
  }

  async close(): Promise<void> {
    await this.#messages.close();
  }

  async #run(): Promise<void> {
    for await (const message of this.#messages) {
      this.arrivals.push(message);
      await this.arrivals.room(mostWaiting);
    }
  }

  /** What a consumer does not recover from by itself. */
  async #watch(failed: (error: unknown) => void): Promise<void> {
    for await (const status of this.#messages.status()) {
      if (status.type === 'consumer_deleted') failed(new Error('consumer not found'));
      if (status.type === 'stream_not_found') failed(new Error('stream not found'));
      if (status.type === 'consumer_not_found') failed(new Error('consumer not found'));
    }
  }
}
