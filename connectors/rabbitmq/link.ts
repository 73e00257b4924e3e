import type { ChannelModel } from 'amqplib';
import { maskedUrl, tlsOptions, within, type ConnectorContext } from '../../src/sdk/index.js';
import { rabbitError } from './errors.js';
import type { RabbitSourceConfig } from './spec.js';

export type Connection = Pick<RabbitSourceConfig, 'url' | 'tls' | 'timeout_ms'>;

/** One connection, made once: when it breaks, whoever uses it decides what to do again. */
export interface Link {
  readonly connection: ChannelModel;
  readonly where: string;
  /** Rejects when the connection is gone. */
  readonly lost: Promise<never>;
  /** Idempotent. Ends in time, whatever the server does. */
  close(): Promise<void>;
}

export async function openLink(
  { url, tls, timeout_ms: timeout }: Connection,
  { baseDir }: Pick<ConnectorContext, 'baseDir'>,
): Promise<Link> {
  const { connect } = await import('amqplib');
  const where = maskedUrl(url);
  const secure = tls === undefined ? {} : await tlsOptions(tls, baseDir);
  let connection: ChannelModel;
  try {
    connection = await connect(tls === undefined ? url : url.replace(/^amqp:/, 'amqps:'), {
      ...secure,
      timeout,
    });
  } catch (error) {
    throw rabbitError(error, where, 'connect');
  }
  let closed = false;
  const lost = new Promise<never>((_resolve, reject) => {
    let last: unknown;
    connection.on('error', (error) => {
      last = error;
    });
    connection.on('close', (error) => {
      closed = true;
      reject(rabbitError(last ?? error ?? new Error('the connection is closed'), where, 'connection'));
    });
  });
  lost.catch(() => undefined);
  return {
    connection,
    where,
    lost,
    close: async () => {
      if (closed) return;
      closed = true;
      // A server that died without a word answers no goodbye.
      const late = `no answer for ${timeout} ms`;
      await within(timeout, late, connection.close()).catch((error: unknown) => {
        socketOf(connection).destroy(error instanceof Error ? error : new Error(late));
      });
    },
  };
}

/** What its types do not show. */
const socketOf = ({ connection }: ChannelModel): { destroy(error: Error): void } =>
  (connection as unknown as { readonly stream: { destroy(error: Error): void } }).stream;
