import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import {
  ConnectorError,
  headersWithKey,
  recordId,
  recordsMade,
  throwRefused,
  type SinkPlugin,
  type SinkRecord,
  type SinkTask,
} from '../../src/sdk/index.js';
import { natsError } from './errors.js';
import { inspectSink } from './inspect.js';
import { Link } from './link.js';
import { manager } from './stream-state.js';
import { sinkSpec, type NatsSinkConfig } from './spec.js';

export const sink: SinkPlugin<NatsSinkConfig> = {
  kind: 'sink',
  spec: sinkSpec,
  inspect: inspectSink,
  start: async (config, context) => {
    const link = new Link(config, context);
    try {
      if (config.mode === 'jetstream') await manager(link);
      else await link.connection();
    } finally {
      await link.close();
    }
    return {
      open: () => Promise.resolve(writer(config, new Link(config, context))),
      close: () => Promise.resolve(),
    };
  },
};

interface Outgoing {
  readonly subject: string;
  readonly body: Buffer;
  readonly headers: MsgHdrs;
}

function writer(config: NatsSinkConfig, link: Link): SinkTask {
  return {
    write: async (records, signal) => {
      signal.throwIfAborted();
      const { headers: newHeaders } = await import('@nats-io/transport-node');
      const connection = await link.connection();
      const most = connection.info?.max_payload ?? Infinity;
      const { made, refused } = recordsMade(records, (record) =>
        outgoing(record, config, most, newHeaders()),
      );
      try {
        const messages = made.map(({ made: one }) => one);
        if (config.mode === 'jetstream') await toStream(connection, messages, config.timeout_ms);
        else {
          for (const { subject, body, headers } of messages) connection.publish(subject, body, { headers });
          await link.flush(connection);
        }
      } catch (error) {
        throw natsError(error, link.where, 'publish');
      }
      throwRefused(refused);
    },
    close: () => link.close(),
  };
}

/** All at once: they go over one connection, so a stream takes them in this order. */
async function toStream(
  connection: NatsConnection,
  messages: readonly Outgoing[],
  timeout: number,
): Promise<void> {
  const { jetstream } = await import('@nats-io/jetstream');
  const client = jetstream(connection);
  const acks = await Promise.allSettled(
    messages.map(({ subject, body, headers }) => client.publish(subject, body, { headers, timeout })),
  );
  const failed = acks.find((ack) => ack.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function outgoing(record: SinkRecord, config: NatsSinkConfig, most: number, headers: MsgHdrs): Outgoing {
  const { value } = record;
  const subject = config.subject.text(record);
  if (!/^[^\s.*>]+(\.[^\s.*>]+)*$/.test(subject)) {
    throw new ConnectorError('bad_data', `${JSON.stringify(subject)} is not a subject to send to`, {
      hint: 'subjects are words with dots between, without spaces, * and >',
    });
  }
  const body = value === null ? Buffer.alloc(0) : record.body;
  for (const [name, text] of Object.entries(headersWithKey(record))) setHeader(headers, name, text);
  // The same whenever the record is written: a stream drops what it had within its duplicate window.
  if (config.mode === 'jetstream') headers.set('Nats-Msg-Id', recordId(record));
  const size = body.length + sizeOf(headers);
  if (size > most) {
    throw new ConnectorError('bad_data', `body and headers have ${size} bytes, and NATS takes ${most}`, {
      hint: 'raise max_payload of the server, or keep such records out',
    });
  }
  return { subject, body, headers };
}

/** As they go over the line. */
function sizeOf(headers: MsgHdrs): number {
  let size = Buffer.byteLength('NATS/1.0\r\n\r\n');
  for (const [name, texts] of headers)
    for (const text of texts) size += Buffer.byteLength(`${name}: ${text}\r\n`);
  return size;
}

function setHeader(headers: MsgHdrs, name: string, text: string): void {
  try {
    headers.set(name, text);
  } catch (cause) {
    throw new ConnectorError('bad_data', `NATS does not take the header ${name}`, {
      cause,
      hint: 'header names are words, and their texts have one line; drop or rename it',
    });
  }
}
